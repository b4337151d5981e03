/**
 * Everything that an import of one file of an installed package can execute: the modules that it reaches, in whichever
 * packages, by what their text says; and all files of a package whose text does not say it.
 */
import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, extname, sep } from 'node:path';
import { type Digest, sha256 } from '../../../core/identity/digest.ts';
import { DefinitionError } from '../../../errors.ts';
import { Witnesses } from '../resolution/witness.ts';
import { type Resolve, withResolver } from './node-resolution.ts';
import type { DigestOf, PackageModule, PackagePlace, PackageReach } from './package-types.ts';
import { namesIn, Places } from './places.ts';
import { ResolutionNotes } from './resolution-notes.ts';
import { type Hidden, type Scan, scanModule } from './scan.ts';
import { quickScan } from './quick-scan.ts';
import { noteSearch } from '../resolution/ways.ts';
import { wholeOf } from './whole.ts';

/** Reads the file each time. */
const digestByReading: DigestOf = (file) => sha256(readFileSync(file));

/** @param entry real path. @throws DefinitionError if a file changes meanwhile */
export async function reachOf(entry: string, digestOf: DigestOf = digestByReading): Promise<PackageReach> {
  return withResolver((resolve) => new ReachReader(resolve, digestOf).read(entry));
}

class ReachReader {
  readonly #resolve: Resolve;
  readonly #digestOf: DigestOf;
  readonly #witnesses = new Witnesses();
  readonly #places = new Places(this.#witnesses);
  readonly #modules = new Map<string, PackageModule | undefined>();
  readonly #hidden = new Map<string, Hidden>();
  readonly #notes = new ResolutionNotes(this.#witnesses, this.#places);

  constructor(resolve: Resolve, digestOf: DigestOf) {
    this.#resolve = resolve;
    this.#digestOf = digestOf;
  }

  async read(entry: string): Promise<PackageReach> {
    await this.#follow(entry);
    const modules = [...this.#modules.values()].filter((module) => module !== undefined);
    this.#hideUsersOfLoaders(modules);
    const places = this.#readPlaces();
    return { entry, modules, places, witnesses: this.#witnesses.list() };
  }

  async #follow(file: string): Promise<void> {
    if (this.#modules.has(file)) return;
    this.#modules.set(file, undefined);
    const directory = dirname(file);
    this.#notes.noteNamesUp(directory);
    const { digest, scan } = this.#scan(file);
    const found = await Promise.all(
      scan.loads
        .filter(([specifier]) => isFollowed(specifier))
        .map(async ([specifier, kind]) => {
          const target = await this.#resolve(specifier, directory, kind);
          this.#notes.noteResolution(specifier, directory, kind, target);
          return [specifier, kind, target] as const;
        }),
    );
    const type = this.#places.scopeOf(directory)?.json.type;
    this.#modules.set(file, { file, digest, type: typeof type === 'string' ? type : '', loads: found });
    this.#hide(this.#places.placeOf(directory), scan.hidden);
    for (const [specifier, , target] of found) {
      if (target === null) continue;
      if (scan.located.includes(specifier)) this.#hide(this.#places.placeOf(dirname(target)), 'files');
      await this.#follow(target);
    }
  }

  #scan(file: string): { readonly digest: Digest; readonly scan: Scan } {
    const bytes = readFileSync(file);
    const digest = this.#digestOf(file);
    if (sha256(bytes) !== digest)
      throw new DefinitionError(`The file ${file} was changed while it was read; run again.`);
    this.#witnesses.note(file, digest);
    const hidden = DATA[extname(file)];
    const isJavaScript = /^\.[cm]?js$/.test(extname(file));
    return {
      digest,
      scan: hidden === undefined ? knownScan(digest, bytes, isJavaScript) : { loads: [], hidden, located: [] },
    };
  }

  #hide(place: string, hidden: Hidden): void {
    if (RANK[hidden] >= RANK[this.#hidden.get(place) ?? 'nothing']) this.#hidden.set(place, hidden);
  }

  /** A package may load files on behalf of the one that calls it, as loaders of native addons do. */
  #hideUsersOfLoaders(modules: readonly PackageModule[]): void {
    const loaders = new Set([...this.#hidden].filter(([, hidden]) => hidden === 'code').map(([place]) => place));
    for (const { file, loads } of modules) {
      const isUser = loads.some(
        ([, , target]) => target !== null && loaders.has(this.#places.placeOf(dirname(target))),
      );
      if (isUser) this.#hide(this.#places.placeOf(dirname(file)), 'files');
    }
  }

  /** What code may load that does not say what: its package, and all that it declares. */
  #declared(): ReadonlyMap<string, PackagePlace['declared']> {
    const declared = new Map<string, PackagePlace['declared']>();
    for (;;) {
      const next = [...this.#hidden].find(([place, hidden]) => hidden === 'code' && !declared.has(place));
      if (next === undefined) return declared;
      const [place] = next;
      const json = this.#places.jsonIn(place) ?? {};
      // restage's own text says what it loads.
      const names = this.#nameOf(place) === RESTAGE ? [] : namesIn(...DEPENDENCIES.map((field) => json[field]));
      declared.set(
        place,
        names.filter((name) => name !== RESTAGE).map((name) => [name, this.#declaredPlace(name, place)] as const),
      );
    }
  }

  #declaredPlace(name: string, from: string): string | null {
    const found = noteSearch(this.#witnesses, name, from, { extensions: [] });
    if (found === undefined) return null;
    const place = this.#places.placeOf(found);
    this.#hide(place, 'code');
    return place;
  }

  #readPlaces(): readonly PackagePlace[] {
    const declared = this.#declared();
    return [...this.#hidden].map(([directory, hidden]): PackagePlace => {
      const version = this.#places.jsonIn(directory)?.version;
      const name = this.#nameOf(directory);
      const isKnown = hidden === 'nothing' || name === RESTAGE;
      return {
        directory,
        name,
        version: typeof version === 'string' ? version : '0.0.0',
        whole: isKnown ? null : wholeOf(directory, this.#digestOf, this.#witnesses),
        declared: declared.get(directory) ?? [],
      };
    });
  }

  #nameOf(place: string): string {
    const name = this.#places.jsonIn(place)?.name;
    return typeof name === 'string' && name !== '' ? name : nameByPath(place);
  }
}

const RANK: Readonly<Record<Hidden, number>> = { nothing: 0, files: 1, code: 2 };
const DEPENDENCIES = ['dependencies', 'optionalDependencies', 'peerDependencies'] as const;
const RESTAGE = 'restage';

/** By content: packages share modules, and a process may look at a package many times. */
const scans = new Map<Digest, Scan>();
const KEPT_SCANS = 5000;

/** `isJavaScript`: by its name; of any other language the lexer could take a part for a whole. */
function knownScan(digest: Digest, bytes: Buffer, isJavaScript: boolean): Scan {
  let scan = scans.get(digest);
  if (scan === undefined) {
    const text = bytes.toString();
    scan = (isJavaScript ? quickScan(text) : undefined) ?? scanModule(text);
    if (scans.size >= KEPT_SCANS) scans.clear();
    scans.set(digest, scan);
  }
  return scan;
}

/**
 * Files that are not JavaScript, with what else they may load: libraries beside a native addon, anything by
 * WebAssembly.
 */
const DATA: Readonly<Record<string, Hidden>> = { '.json': 'nothing', '.node': 'files', '.wasm': 'code' };

/** Builtin modules are Node's. What a plugin of restage imports from it is covered by the version in every key. */
function isFollowed(specifier: string): boolean {
  return !isBuiltin(specifier) && !/^(?:data|https?):/.test(specifier) && specifier !== RESTAGE;
}

function nameByPath(directory: string): string {
  const parts = directory.split(sep);
  const last = parts.lastIndexOf('node_modules');
  return parts.slice(last === -1 ? -1 : last + 1).join('/');
}
