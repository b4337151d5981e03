/**
 * The modules that an entry reaches, and the esbuild plugin that feeds them to the bundler. One graph serves several
 * builds: a file is read and stripped once.
 */
import { dirname } from 'node:path';
import type { BuildOptions, OnLoadResult, OnResolveArgs, OnResolveResult, Plugin, PluginBuild } from 'esbuild';
import { DefinitionError } from '../../errors.ts';
import { FIXED_TSCONFIG, messageOf, readModule, type SourceModule } from './module-source.ts';
import { PackageOwners } from './package-owners.ts';
import { type AddressOf, ASKED_BY_RESOLVER, type External, type Resolution, Resolver } from './resolve.ts';
import { EXTENSIONS } from './specifiers.ts';
import type { Witness } from './witness.ts';

/** The options of every build here. None of them may depend on the machine, the directory or the user's settings. */
export const BUILD_OPTIONS = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  charset: 'utf8',
  legalComments: 'none',
  sourcesContent: false,
  absWorkingDir: '/',
  outdir: '/out',
  conditions: [],
  mainFields: ['main'],
  nodePaths: [],
  resolveExtensions: [...EXTENSIONS],
  tsconfigRaw: FIXED_TSCONFIG,
  logLevel: 'silent',
} as const satisfies BuildOptions;

/**
 * The last part of every module's path, as esbuild sees it. esbuild derives names of generated variables from it; with
 * the real file name, renaming a file would change the text.
 */
const LAST = '/m';
const MODULES = 'module';
const ENTRIES = 'entry';

export class SourceGraph {
  readonly project: PackageOwners;
  readonly entryFile: string;
  readonly #annotate: boolean;
  readonly #resolver: Resolver;
  readonly #modules = new Map<string, Promise<SourceModule>>();
  readonly #loaded = new Map<string, SourceModule>();
  readonly #edges = new Map<string, Set<string>>();
  readonly #externals = new Map<string, External>();
  readonly #fileOfKey = new Map<string, string>();
  readonly #keyOfFile = new Map<string, string>();

  /** @param entryFile real path. @param options.annotate marks module-level code as free of side effects. */
  constructor(entryFile: string, options: { readonly annotate: boolean; readonly addressOf: AddressOf }) {
    this.entryFile = entryFile;
    this.project = new PackageOwners(entryFile);
    this.#annotate = options.annotate;
    this.#resolver = new Resolver(this.project, options.addressOf);
  }

  /** All modules that were loaded, by path. */
  modules(): readonly SourceModule[] {
    return [...this.#loaded.values()].sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  /** The modules that this file imports, directly or indirectly, and itself. */
  reachedFrom(file: string): readonly SourceModule[] {
    const reached = new Set<string>([file]);
    for (const at of reached) for (const target of this.#edges.get(at) ?? []) reached.add(target);
    return this.modules().filter((module) => reached.has(module.file));
  }

  /** The paths that imports were resolved by, sorted. */
  witnesses(): readonly Witness[] {
    return this.#resolver.witnesses();
  }

  external(url: string): External | undefined {
    return this.#externals.get(url);
  }

  /** The file behind a source of a source map or an input of a metafile, as esbuild calls it. */
  fileOf(source: string): string | undefined {
    return this.#fileOfKey.get(source.slice(source.indexOf(':') + 1));
  }

  /** Virtual modules to build, by name; their text imports files by `specifierOf`. */
  plugin(entries: ReadonlyMap<string, string>): Plugin {
    return {
      name: 'restage',
      setup: (build) => {
        build.onStart(() => this.#resolver.findRestage(build));
        build.onResolve({ filter: /.*/ }, (args) => this.#onResolve(build, args));
        build.onLoad({ filter: /.*/, namespace: ENTRIES }, ({ path }) => ({
          contents: entries.get(path)!,
          loader: 'js',
        }));
        build.onLoad({ filter: /.*/, namespace: MODULES }, async ({ path }): Promise<OnLoadResult> => {
          const { contents } = await this.#module(build, this.#fileOfKey.get(path)!);
          return { contents, loader: 'js' };
        });
      },
    };
  }

  /** How a virtual entry imports a file. */
  specifierOf(file: string): string {
    return `${MODULES}:${this.#key(file)}`;
  }

  /** Turns a failed build into an error for the user. */
  asDefinitionError(error: unknown): unknown {
    const message = messageOf(error);
    if (message === undefined) return error;
    const detail: unknown = message.detail;
    if (detail instanceof Error) return detail;
    const at = message.location;
    const file = at === null ? undefined : this.#fileOfKey.get(at.file.slice(at.file.indexOf(':') + 1));
    const module = file === undefined ? undefined : this.#loaded.get(file);
    if (at === null || module === undefined)
      return new DefinitionError(`${this.project.pathOf(this.entryFile)} cannot be bundled: ${message.text}.`, {
        cause: error,
      });
    const place = module.contentsPlace({ line: at.line - 1, column: at.column });
    const text = message.text.replace(/"module:[a-z]+\/([^"]*)\/m"/g, '$1');
    const hint = text.startsWith('No matching export') ? '; if it is a type, say `import type` or `export type`' : '';
    return new DefinitionError(`${place}: ${text}${hint}.`, { cause: error });
  }

  async #onResolve(build: PluginBuild, args: OnResolveArgs): Promise<OnResolveResult | undefined> {
    if (args.pluginData === ASKED_BY_RESOLVER) return undefined;
    if (args.kind === 'entry-point') return { path: args.path, namespace: ENTRIES };
    if (args.namespace === ENTRIES) return { path: args.path.slice(MODULES.length + 1), namespace: MODULES };
    const importer = this.#fileOfKey.get(args.importer)!;
    const module = await this.#module(build, importer);
    const place = (): string => module.importPlace(args.path);
    const resolution = await this.#resolver.resolve(build, args.path, importer, args.kind, place);
    // An import of a package only for its side effects is intended; any other one may be dropped if it is unused.
    const sideEffects = module.bareImports.has(args.path);
    switch (resolution.kind) {
      case 'builtin':
        return { path: resolution.specifier, external: true, sideEffects };
      case 'absent':
        return { path: resolution.specifier, external: true, sideEffects };
      case 'external':
        this.#noteExternal(resolution.external);
        return { path: resolution.external.url, external: true, sideEffects };
      case 'source':
        this.#noteEdge(importer, resolution.file);
        return { path: this.#key(resolution.file), namespace: MODULES, sideEffects: resolution.sideEffects };
    }
  }

  #module(build: PluginBuild, file: string): Promise<SourceModule> {
    let module = this.#modules.get(file);
    if (module === undefined) {
      module = this.#read(build, file);
      this.#modules.set(file, module);
    }
    return module;
  }

  async #read(build: PluginBuild, file: string): Promise<SourceModule> {
    const module = await readModule(file, {
      owner: this.project.ownerOf(file),
      path: this.project.pathOf(file),
      annotate: this.#annotate,
      isBundled: async (specifier, place) => {
        const resolution: Resolution = await this.#resolver.resolve(
          build,
          specifier,
          file,
          'dynamic-import',
          () => place,
        );
        return resolution.kind === 'source';
      },
    });
    this.#loaded.set(file, module);
    return module;
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

  #key(file: string): string {
    const known = this.#keyOfFile.get(file);
    if (known !== undefined) return known;
    const label = `${this.project.ownerOf(file).kind}/${this.project.labelOf(file)}${LAST}`;
    // Two copies of one package have the same label.
    const key = this.#fileOfKey.has(label) ? `${dirname(label)}#${this.project.pathOf(file)}${LAST}` : label;
    this.#keyOfFile.set(file, key);
    this.#fileOfKey.set(key, file);
    return key;
  }
}
