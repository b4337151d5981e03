/** What an import resolves to: a builtin, source to bundle, a package to leave to Node, or nothing. */
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative, resolve as resolvePath, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ImportKind, PluginBuild, ResolveResult } from 'esbuild';
import { DefinitionError } from '../../../errors.ts';
import { restageRoot } from '../../environment/package-root.ts';
import type { PackageOwners } from './package-owners.ts';
import { isFile } from './ways.ts';
import { RealPaths } from './real-paths.ts';
import { packageName } from './specifiers.ts';
import { SourceWays } from './source-ways.ts';
import type { Witness } from './witness.ts';

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

/** Tells the plugin that a resolve request comes from this file, and that esbuild should answer it. */
export const ASKED_BY_RESOLVER: unique symbol = Symbol('asked by resolver');

export class Resolver {
  readonly #project: PackageOwners;
  readonly #addressOf: AddressOf;
  readonly #known = new Map<string, Promise<ResolveResult>>();
  readonly #paths = new RealPaths();
  readonly #ways: SourceWays;

  constructor(project: PackageOwners, addressOf: AddressOf) {
    this.#project = project;
    this.#addressOf = addressOf;
    this.#ways = new SourceWays(project, this.#paths);
  }

  /** The paths that results depend on besides the files that were read, sorted. */
  witnesses(): readonly Witness[] {
    for (const path of this.#project.absent) this.#ways.witnesses.note(path, null);
    return this.#ways.witnesses.list();
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
    if (packageName(specifier) !== undefined) this.#refusePlugAndPlay();
    const found =
      this.#fileAsWritten(specifier, dirname(importer)) ?? (await this.#ask(build, specifier, dirname(importer), kind));
    if (found.errors.length > 0 || found.external) {
      const name = packageName(specifier);
      this.#ways.note(specifier, dirname(importer), undefined);
      if (kind === 'dynamic-import' && name !== undefined) return { kind: 'absent', specifier };
      const isThere = name !== undefined && name !== specifier && (await this.#isThere(build, name, dirname(importer)));
      throw new DefinitionError(missing(specifier, name, { isThere, place: place(), root: this.#project.root }));
    }
    const file = this.#paths.of(found.path);
    this.#ways.note(specifier, dirname(importer), file);
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

  /**
   * A relative path that names a file as it is, which esbuild would find too: most imports are such paths, and each
   * question to its process takes longer than all else about them. Whether a file may be left out is esbuild's to say
   * where a package.json can name files one by one.
   */
  #fileAsWritten(
    specifier: string,
    directory: string,
  ): Pick<ResolveResult, 'path' | 'errors' | 'external' | 'sideEffects'> | undefined {
    if (!/^\.\.?\//.test(specifier)) return undefined;
    const path = resolvePath(directory, specifier);
    if (!isFile(path)) return undefined;
    const file = this.#paths.of(path);
    if (this.#project.ownerOf(file).kind !== 'project' && !(file === path && this.#project.isPure(file)))
      return undefined;
    return { path, errors: [], external: false, sideEffects: false };
  }

  /** Its packages are in archives, or are found by a table that only Yarn's own loader reads. */
  #refusePlugAndPlay(): void {
    for (let directory = this.#project.root; ; directory = dirname(directory)) {
      if (existsSync(join(directory, '.pnp.cjs')))
        throw new DefinitionError(
          `The packages of ${directory} are installed by Yarn's Plug'n'Play, without files that Node can import; set "nodeLinker: node-modules" in .yarnrc.yml and run \`yarn install\`.`,
        );
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

function missing(
  specifier: string,
  name: string | undefined,
  { isThere, place, root }: { readonly isThere: boolean; readonly place: string; readonly root: string },
): string {
  // esbuild looks for packages by it, and ignores one that it cannot read.
  if (!isJson(join(root, 'package.json')))
    return `${join(root, 'package.json')} is not JSON, so the package ${specifier}, imported at ${place}, cannot be found; fix it.`;
  if (/^[@~#]?\//.test(specifier) || (name !== undefined && /^[@~]$/.test(name)))
    return `Cannot find ${specifier}, imported at ${place}; if it is an alias, declare it by "paths" in the tsconfig.json nearest to that file, or write the relative path.`;
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
