/** Notes what the resolution of specifiers in modules of packages rests on, so that a change of it is seen. */
import { dirname, join } from 'node:path';
import { namesDigest } from '../../../store/files/names.ts';
import { stringsIn } from '../resolution/package-owners.ts';
import { packageName } from '../resolution/specifiers.ts';
import type { Witnesses } from '../resolution/witness.ts';
import { NODE_EXTENSIONS, pathMeantBy } from './node-resolution.ts';
import type { Places } from './places.ts';
import type { LoadKind } from './scan.ts';
import { isDirectory, isLink, noteSearch, realPath } from '../resolution/ways.ts';

export class ResolutionNotes {
  readonly #witnesses: Witnesses;
  readonly #places: Places;
  readonly #folders = new Set<string>();

  constructor(witnesses: Witnesses, places: Places) {
    this.#witnesses = witnesses;
    this.#places = places;
  }

  /** The names in a file's directory and above, up to its package's: what is new there can be found first. */
  noteNamesUp(directory: string): void {
    const place = this.#places.placeOf(directory);
    for (let at = directory; ; at = dirname(at)) {
      if (this.#witnesses.has(at, 'names')) return;
      this.#noteNames(at);
      if (at === place || dirname(at) === at) return;
    }
  }

  #noteNames(directory: string): void {
    if (!this.#witnesses.has(directory, 'names')) this.#witnesses.note(directory, { names: namesDigest(directory) });
  }

  /** How a specifier was resolved: what it may mean otherwise, and the links on the way. */
  noteResolution(specifier: string, directory: string, kind: LoadKind, file: string | null): void {
    const path = pathMeantBy(specifier, directory);
    const name = packageName(specifier);
    if (path !== undefined) this.#notePath(path, file);
    else if (specifier.startsWith('#')) this.#noteImports(directory);
    else if (name !== undefined) this.#notePackage(name, specifier.slice(name.length + 1), directory, kind, file);
  }

  #notePackage(name: string, inside: string, directory: string, kind: LoadKind, file: string | null): void {
    const search = {
      extensions: kind === 'require' ? NODE_EXTENSIONS : [],
      isListed: (at: string) => this.#witnesses.has(at, 'names'),
    };
    const found = noteSearch(this.#witnesses, name, directory, kind === 'require' ? { ...search, file } : search);
    if (found === undefined) return;
    if (inside === '') this.#noteFolder(found, file);
    else this.#notePath(join(found, inside), file);
  }

  /** What a path without an extension, or to a folder, may mean; and the links on it. */
  #notePath(path: string, file: string | null): void {
    const folder = dirname(path);
    if (isDirectory(folder)) this.#noteNames(folder);
    else this.#witnesses.note(folder, { real: null });
    if (realPath(folder) !== folder) this.#witnesses.note(folder, { real: realPath(folder) });
    for (const candidate of [path, ...NODE_EXTENSIONS.map((extension) => path + extension)])
      if (isLink(candidate)) this.#witnesses.note(candidate, { real: realPath(candidate) });
    if (path !== file) this.#noteFolder(path, file);
  }

  /** A folder stands for what its package.json says, or for a file called index. */
  #noteFolder(folder: string, file: string | null): void {
    if (this.#folders.has(folder) || !isDirectory(folder)) return;
    this.#folders.add(folder);
    this.#noteNames(folder);
    const main = this.#places.jsonIn(folder)?.main;
    if (typeof main === 'string') this.#notePath(join(folder, main), file);
  }

  /** `#name` is looked up in the nearest package.json, and may stand for a package. */
  #noteImports(directory: string): void {
    const scope = this.#places.scopeOf(directory);
    if (scope === undefined) return;
    for (const target of stringsIn(scope.json.imports)) {
      const name = packageName(target);
      if (name !== undefined) this.#notePackage(name, '', scope.directory, 'import', null);
    }
  }
}
