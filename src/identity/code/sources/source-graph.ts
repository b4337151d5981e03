/**
 * The modules that an entry reaches, read and resolved: what the linker works on. esbuild answers where an import leads
 * to; everything is loaded within one build of nothing, since it answers only there.
 */
import { realpathSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BuildOptions, ImportKind, PluginBuild } from 'esbuild';
import { type Digest, sha256 } from '../../../core/identity/digest.ts';
import { DefinitionError } from '../../../errors.ts';
import { flattenCommonJs } from './commonjs.ts';
import { build } from '../text/esbuild.ts';
import type { LinkedModule, LinkGraph, Target } from '../linking/link-graph.ts';
import { messageOf, readModule, type SourceModule, TARGET } from './module-source.ts';
import { type Owner, PackageOwners } from '../resolution/package-owners.ts';
import { type AddressOf, type External, type Resolution, Resolver } from '../resolution/resolve.ts';
import { EXTENSIONS } from '../resolution/specifiers.ts';
import { literalText } from '../text/syntax.ts';
import { TsconfigFiles } from '../resolution/tsconfig-files.ts';
import type { Witness } from '../resolution/witness.ts';

/** The options that decide what imports lead to: beside them, `paths` of the user's tsconfig.json and nothing else. */
export const RESOLVE_OPTIONS = {
  bundle: true,
  write: false,
  format: 'esm',
  platform: 'node',
  target: TARGET,
  absWorkingDir: '/',
  outdir: '/out',
  conditions: [],
  mainFields: ['main'],
  nodePaths: [],
  resolveExtensions: [...EXTENSIONS],
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** A file that the text depends on. */
export interface ReachedFile {
  readonly file: string;
  readonly owner: Owner;
  readonly digest: Digest;
  readonly diagnostics: SourceModule['diagnostics'];
}

export class SourceGraph {
  readonly project: PackageOwners;
  readonly entryFile: string;
  /** From this moment on its files were read, in milliseconds since 1970. */
  readonly readSince = Date.now();
  readonly #resolver: Resolver;
  readonly #loading = new Map<string, Promise<void>>();
  readonly #modules = new Map<string, SourceModule>();
  /** Files that are not modules of their own: required by CommonJS, or named by a URL. */
  readonly #others = new Map<string, ReachedFile>();
  readonly #targets = new Map<string, Map<string, Resolution>>();
  readonly #fileUrls = new Map<string, Map<string, string>>();
  readonly #edges = new Map<string, Set<string>>();
  readonly #skippable = new Set<string>();
  readonly #externals = new Map<string, External>();
  readonly #settings = new TsconfigFiles();

  private constructor(entryFile: string, addressOf: AddressOf) {
    this.entryFile = entryFile;
    this.project = new PackageOwners(entryFile);
    this.#resolver = new Resolver(this.project, addressOf);
  }

  /** Loads a pipeline's file and everything that it reaches. @param entryFile real path. @throws DefinitionError */
  static async load(entryFile: string, addressOf: AddressOf): Promise<SourceGraph> {
    const graph = new SourceGraph(entryFile, addressOf);
    await graph.#withResolver(async (resolver) => {
      await graph.#resolver.findRestage(resolver);
      await graph.#visit(resolver, entryFile);
    });
    return graph;
  }

  /** All modules that were loaded, by path. */
  modules(): readonly SourceModule[] {
    return [...this.#modules.values()].sort(byFile);
  }

  /** Every file that was read for its content, by path. */
  files(): readonly ReachedFile[] {
    return [...this.#modules.values(), ...this.#others.values()].sort(byFile);
  }

  /** The files that this one needs, directly or indirectly, and itself. */
  reachedFrom(file: string): readonly ReachedFile[] {
    const reached = new Set<string>([file]);
    for (const at of reached) for (const target of this.#edges.get(at) ?? []) reached.add(target);
    return this.files().filter((module) => reached.has(module.file));
  }

  /** The tsconfig.json files that imports were resolved by. */
  settings(): ReadonlySet<string> {
    return this.#settings.files;
  }

  /** The paths that imports were resolved by, sorted. */
  witnesses(): readonly Witness[] {
    const absent = [...this.#settings.absent].sort().map((path): Witness => [path, null]);
    return [...this.#resolver.witnesses(), ...absent];
  }

  external(url: string): External | undefined {
    return this.#externals.get(url);
  }

  /** Reads a file that a module names by URL, so that its content counts. @throws Error if it cannot be read */
  async readNamed(from: string, url: string): Promise<ReachedFile> {
    const file = realpathSync(fileURLToPath(url));
    const known = this.#modules.get(file) ?? this.#others.get(file);
    if (known === undefined) this.#noteOther(from, file, sha256(await readFile(file)));
    else this.#noteEdge(from, file);
    return known ?? this.#others.get(file)!;
  }

  /** The modules as the linker takes them. */
  linkGraph(): LinkGraph {
    const graph = new Map<string, LinkedModule>();
    for (const { file, owner, record, url, placeOf } of this.#modules.values()) {
      const targets = new Map<string, Target>();
      for (const [specifier, resolution] of this.#targets.get(file) ?? [])
        targets.set(specifier, this.#target(resolution));
      graph.set(file, {
        ...record,
        isTrusted: owner.kind === 'restage',
        isSkippable: this.#skippable.has(file),
        url,
        targets,
        placeOf,
        fileUrls: this.#fileUrls.get(file) ?? new Map<string, string>(),
      });
    }
    return graph;
  }

  #target(resolution: Resolution): Target {
    switch (resolution.kind) {
      case 'builtin': {
        const { specifier } = resolution;
        return { kind: 'external', url: specifier, specifier, packageName: 'node' };
      }
      case 'source':
        return { kind: 'module', file: resolution.file };
      case 'absent':
        return { kind: 'absent' };
      case 'external': {
        const { url, specifier, file } = this.#externals.get(resolution.external.url)!;
        return { kind: 'external', url, specifier, packageName: this.project.ownerOf(file).name };
      }
    }
  }

  async #withResolver(use: (resolver: PluginBuild) => Promise<void>): Promise<void> {
    let failure: unknown;
    try {
      await build({
        ...RESOLVE_OPTIONS,
        stdin: { contents: '' },
        plugins: [
          {
            name: 'restage',
            setup: (resolver) => {
              resolver.onStart(async () => {
                await use(resolver).catch((error: unknown) => {
                  failure = error;
                });
              });
            },
          },
        ],
      });
    } catch (error) {
      failure ??= error;
    }
    if (failure === undefined) return;
    const message = messageOf(failure);
    if (message === undefined) throw failure instanceof Error ? failure : new Error('internal error: bundling failed');
    if (message.detail instanceof Error) throw message.detail;
    throw new DefinitionError(`${this.project.pathOf(this.entryFile)} cannot be bundled: ${message.text}.`, {
      cause: failure,
    });
  }

  #visit(resolver: PluginBuild, file: string): Promise<void> {
    let loading = this.#loading.get(file);
    if (loading === undefined) {
      loading = this.#load(resolver, file);
      this.#loading.set(file, loading);
      return loading;
    }
    // In a circle of imports, each waits for itself otherwise.
    return Promise.resolve();
  }

  async #load(resolver: PluginBuild, file: string): Promise<void> {
    const module = await readModule(file, {
      owner: this.project.ownerOf(file),
      path: this.project.pathOf(file),
      fromCommonJs: () => this.#flatten(file),
    });
    this.#modules.set(file, module);
    const { record, placeOf } = module;
    this.#settings.noteFor(dirname(file));
    const targets = new Map<string, Resolution>();
    this.#targets.set(file, targets);
    const found: Promise<void>[] = [];
    const follow = async (specifier: string, kind: ImportKind, start: number): Promise<void> => {
      if (targets.has(specifier)) return;
      const resolution = await this.#resolver.resolve(resolver, specifier, file, kind, () => placeOf(start));
      targets.set(specifier, resolution);
      if (resolution.kind === 'external') this.#noteExternal(resolution.external);
      if (resolution.kind !== 'source') return;
      this.#noteEdge(file, resolution.file);
      // The project's own package.json says what may be left out of a published package, not of a pipeline.
      if (!resolution.sideEffects && this.project.ownerOf(resolution.file).kind !== 'project')
        this.#skippable.add(resolution.file);
      const visit = this.#visit(resolver, resolution.file);
      // It is awaited below; until then, its failure is not unhandled.
      visit.catch(() => undefined);
      found.push(visit);
    };
    for (const { specifier, start } of record.requests) await follow(specifier, 'import-statement', start);
    for (const { uses } of record.units) {
      for (const { source, start } of uses.dynamicImports) {
        const specifier = literalText(source);
        if (specifier !== undefined) await follow(specifier, 'dynamic-import', start);
      }
      for (const { path } of uses.fileUrls) this.#noteFileUrl(file, path, module.url);
    }
    await Promise.all(found);
  }

  async #flatten(file: string): Promise<string> {
    return flattenCommonJs(file, {
      labelOf: (path) => this.project.labelOf(path),
      resolve: async (resolver, specifier, importer, kind) => {
        const place = (): string => this.project.pathOf(importer);
        const resolution = await this.#resolver.resolve(resolver, specifier, importer, kind, place);
        if (resolution.kind === 'external') this.#noteExternal(resolution.external);
        return resolution;
      },
      read: async (path) => {
        const content = await readFile(path);
        if (path !== file) this.#noteOther(file, path, sha256(content));
        return content.toString('utf8');
      },
    });
  }

  #noteFileUrl(from: string, path: string, base: string): void {
    const urls = this.#fileUrls.get(from) ?? new Map<string, string>();
    this.#fileUrls.set(from, urls.set(path, new URL(path, base).href));
  }

  #noteOther(from: string, file: string, digest: Digest): void {
    this.#noteEdge(from, file);
    this.#others.set(file, { file, digest, owner: this.project.ownerOf(file), diagnostics: [] });
  }

  #noteEdge(from: string, to: string): void {
    const targets = this.#edges.get(from);
    if (targets === undefined) this.#edges.set(from, new Set([to]));
    else targets.add(to);
  }

  #noteExternal(external: External): void {
    // Two specifiers may name one file; which of them the text shows must not depend on the order of reading.
    const known = this.#externals.get(external.url);
    if (known === undefined || external.specifier < known.specifier) this.#externals.set(external.url, external);
  }
}

function byFile(a: { readonly file: string }, b: { readonly file: string }): number {
  return a.file < b.file ? -1 : a.file > b.file ? 1 : 0;
}
