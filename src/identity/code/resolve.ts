/** What an import resolves to: a builtin, source to bundle, a package to leave to Node, or nothing. */
import { existsSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { basename, dirname, join, relative, resolve as resolvePath, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ImportKind, PluginBuild, ResolveResult } from 'esbuild';
import { DefinitionError } from '../../errors.ts';
import { restageRoot } from '../environment/package-root.ts';
import type { PackageOwners } from './package-owners.ts';

export interface External {
  readonly file: string;
  readonly url: string;
  /** As written; a relative path to a file inside a package becomes `package/path`. */
  readonly specifier: string;
}

/** The address by which executable text imports a package's file; canonical text does not contain it. */
export type AddressOf = (packageName: string, file: string) => string | Promise<string>;

/** The file itself. */
export const addressOfFile: AddressOf = (_, file) => pathToFileURL(file).href;

export type Resolution =
  | { readonly kind: 'builtin'; readonly specifier: string }
  | { readonly kind: 'source'; readonly file: string; readonly sideEffects: boolean }
  | { readonly kind: 'external'; readonly external: External }
  /** A package that an import() may or may not find at run time. */
  | { readonly kind: 'absent'; readonly specifier: string };

/** The extensions that an import may omit, in the order in which they are tried. */
export const EXTENSIONS = ['.ts', '.tsx', '.mts', '.js', '.mjs', '.json'] as const;

/** Tells the plugin that a resolve request comes from this file, and that esbuild should answer it. */
export const ASKED_BY_RESOLVER: unique symbol = Symbol('asked by resolver');

export class Resolver {
  readonly #project: PackageOwners;
  readonly #addressOf: AddressOf;
  readonly #known = new Map<string, Promise<ResolveResult>>();
  readonly #consulted = new Map<string, string | null>();

  constructor(project: PackageOwners, addressOf: AddressOf) {
    this.#project = project;
    this.#addressOf = addressOf;
  }

  /** The paths that results depend on besides the files that were read: see `Resolved`. */
  get consulted(): ReadonlyMap<string, string | null> {
    return this.#consulted;
  }

  /** Finds the project's own `restage`, if it has one. */
  async findRestage(build: PluginBuild): Promise<void> {
    const found = await this.#ask(build, 'restage', this.#project.root, 'import-statement');
    if (found.errors.length === 0) this.#project.foundRestage(found.path);
  }

  /** @param place returns the place of the import, for messages. @throws DefinitionError */
  async resolve(
    build: PluginBuild,
    specifier: string,
    importer: string,
    kind: ImportKind,
    place: () => string,
  ): Promise<Resolution> {
    if (isBuiltin(specifier))
      return { kind: 'builtin', specifier: specifier.startsWith('node:') ? specifier : `node:${specifier}` };
    const found = await this.#ask(build, specifier, dirname(importer), kind);
    if (found.errors.length > 0 || found.external) {
      const name = packageName(specifier);
      if (kind === 'dynamic-import' && name !== undefined) return { kind: 'absent', specifier };
      const isThere = name !== undefined && name !== specifier && (await this.#isThere(build, name, dirname(importer)));
      throw new DefinitionError(missing(specifier, name, { isThere, place: place(), root: this.#project.root }));
    }
    const file = realpathSync(found.path);
    this.#noteWay(specifier, dirname(importer), file);
    const owner = this.#project.ownerOf(file);
    if (this.#project.isRestageEntry(file) || (owner.kind === 'restage' && specifier === 'restage'))
      return { kind: 'external', external: { file, url: pathToFileURL(file).href, specifier: 'restage' } };
    if (owner.kind !== 'npm') return { kind: 'source', file, sideEffects: found.sideEffects };
    if (kind === 'require-call' || kind === 'require-resolve')
      throw new DefinitionError(
        `${place()} uses require() for ${specifier}, which a bundled ES module cannot; use import.`,
      );
    const inPackage = `${owner.name}/${relative(owner.directory, file).replaceAll(sep, '/')}`;
    const written = packageName(specifier) === undefined ? inPackage : specifier;
    const url = await this.#addressOf(owner.name, file);
    return { kind: 'external', external: { file, url, specifier: written } };
  }

  /** Notes links that were followed, and paths of files that would have been found before this one. */
  #noteWay(specifier: string, from: string, file: string): void {
    const name = packageName(specifier);
    if (name === undefined) {
      if (!/^[./]/.test(specifier)) return;
      for (const candidate of filesMeantBy(resolvePath(from, specifier))) {
        const real = realFile(candidate);
        this.#consulted.set(candidate, real ?? null);
        if (real === candidate) this.#consulted.delete(candidate);
        if (real === file) return;
      }
      return;
    }
    for (let directory = from; ; directory = dirname(directory)) {
      if (basename(directory) !== 'node_modules') {
        const candidate = join(directory, 'node_modules', name);
        const manifest = join(candidate, 'package.json');
        if (realFile(manifest) === undefined) this.#consulted.set(manifest, null);
        else {
          const real = realpathSync(candidate);
          if (real !== candidate) this.#consulted.set(candidate, real);
          return;
        }
      }
      if (dirname(directory) === directory) return;
    }
  }

  async #isThere(build: PluginBuild, name: string, from: string): Promise<boolean> {
    // restage's own repository exists before it is built.
    const asked = name === 'restage' ? [name] : [name, `${name}/package.json`];
    const found = await Promise.all(asked.map((it) => this.#ask(build, it, from, 'import-statement')));
    return found.some(({ errors }) => errors.length === 0);
  }

  #ask(build: PluginBuild, specifier: string, resolveDir: string, kind: ImportKind): Promise<ResolveResult> {
    const key = `${kind}\0${resolveDir}\0${specifier}`;
    let answer = this.#known.get(key);
    if (answer === undefined) {
      answer = build.resolve(specifier, { kind, resolveDir, pluginData: ASKED_BY_RESOLVER });
      this.#known.set(key, answer);
    }
    return answer;
  }
}

/** The files that a path in an import can refer to, in the order in which esbuild looks for them. */
function filesMeantBy(path: string): readonly string[] {
  const typescript = /\.([mc]?)jsx?$/.exec(path);
  const rewritten = typescript === null ? [] : rewrittenExtensions(path, typescript[1]!);
  return [
    path,
    ...EXTENSIONS.map((extension) => path + extension),
    ...rewritten,
    ...EXTENSIONS.map((extension) => join(path, `index${extension}`)),
  ];
}

/** `./helper.js` refers to helper.ts if helper.js does not exist. */
function rewrittenExtensions(path: string, module: string): readonly string[] {
  const stem = path.replace(/\.[mc]?jsx?$/, '');
  return module === '' ? [`${stem}.ts`, `${stem}.tsx`] : [`${stem}.${module}ts`];
}

function realFile(path: string): string | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })?.isFile() === true ? realpathSync(path) : undefined;
  } catch {
    // A path below a file does not exist.
    return undefined;
  }
}

/** The package that a bare specifier names. */
export function packageName(specifier: string): string | undefined {
  if (/^(?:[./#]|[a-z]+:)/.test(specifier)) return undefined;
  return /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0];
}

function missing(
  specifier: string,
  name: string | undefined,
  { isThere, place, root }: { readonly isThere: boolean; readonly place: string; readonly root: string },
): string {
  // esbuild looks for packages by it, and ignores one that it cannot read.
  if (!isJson(join(root, 'package.json')))
    return `${join(root, 'package.json')} is not JSON, so the package ${specifier}, imported at ${place}, cannot be found; fix it.`;
  if (name === undefined) return `Cannot find ${specifier}, imported at ${place}; check the path.`;
  if (isThere)
    return `Cannot find ${specifier}, imported at ${place}: the package ${name} has no such export; check the name.`;
  if (name === 'restage') {
    // Not by its name: a package of that name in a registry, if any, is somebody else's.
    const home = restageRoot();
    const remedy = home === root ? 'build it with `npm run build`' : `install it with \`npm i ${home}\``;
    return `Cannot find the package restage, imported at ${place}; ${remedy}.`;
  }
  return `Cannot find the package ${name}, imported at ${place}; install it with \`npm i ${name}\`.`;
}

/** A missing file is not a syntax error. */
function isJson(file: string): boolean {
  if (!existsSync(file)) return true;
  try {
    JSON.parse(readFileSync(file, 'utf8'));
    return true;
  } catch {
    return false;
  }
}
