/**
 * Notes the ways by which imports of bundled sources are resolved: links that were followed, and the paths where
 * something would be found first if it were there. A file that newly appears at one of them changes the result.
 */
import { dirname, join, resolve as resolvePath } from 'node:path';
import type { PackageOwners } from './package-owners.ts';
import { isFile, noteSearch } from './ways.ts';
import type { RealPaths } from './real-paths.ts';
import { TsconfigAliases } from './tsconfig-aliases.ts';
import { EXTENSIONS, packageName } from './specifiers.ts';
import { Witnesses } from './witness.ts';

export class SourceWays {
  readonly witnesses = new Witnesses();
  readonly #project: PackageOwners;
  readonly #paths: RealPaths;
  readonly #aliases = new TsconfigAliases();
  readonly #noted = new Set<string>();

  constructor(project: PackageOwners, paths: RealPaths) {
    this.#project = project;
    this.#paths = paths;
  }

  /** @param file real path of what was found; undefined if nothing was */
  note(specifier: string, from: string, file: string | undefined): void {
    // What a folder's other modules import led there by the same ways.
    const way = `${from}\0${specifier}\0${file ?? ''}`;
    if (this.#noted.has(way)) return;
    this.#noted.add(way);
    if (file !== undefined) this.#noteCompiledName(file);
    // An alias of another target, or of another file, may come before what was found.
    if (!/^[./#]/.test(specifier))
      for (const candidate of this.#aliases.candidates(specifier, from)) this.#notePath(candidate, undefined);
    const name = packageName(specifier);
    if (specifier.startsWith('#')) this.#noteImports(from);
    else if (name !== undefined) this.#notePackage(name, specifier.slice(name.length + 1), from, file);
    else if (/^[./]/.test(specifier)) this.#notePath(resolvePath(from, specifier), file);
  }

  /** Returns true once the file that was found is among those that the path may mean. */
  #notePath(path: string, file: string | undefined, isMain = false): boolean {
    if (filesMeantBy(path).some((candidate) => this.#noteFile(candidate, file))) return true;
    // A folder: its package.json may say which file it stands for.
    const main = isMain ? undefined : this.#project.manifestIn(path)?.main;
    if (main !== undefined && this.#notePath(resolvePath(path, main), file, true)) return true;
    return EXTENSIONS.some((extension) => this.#noteFile(join(path, `index${extension}`), file));
  }

  #noteFile(candidate: string, file: string | undefined): boolean {
    const real = isFile(candidate) ? this.#paths.of(candidate) : null;
    if (real === null) this.witnesses.note(candidate, null);
    else if (real !== candidate) this.witnesses.note(candidate, { real });
    return real !== null && real === file;
  }

  #notePackage(name: string, inside: string, from: string, file: string | undefined): void {
    const found = noteSearch(this.witnesses, name, from, { extensions: EXTENSIONS });
    if (found !== undefined && file !== undefined && file !== join(found, inside))
      this.#notePath(join(found, inside), file);
  }

  /** `#name` is looked up in the nearest package.json, and may stand for a package. */
  #noteImports(from: string): void {
    for (let directory = from; ; directory = dirname(directory)) {
      const manifest = this.#project.manifestIn(directory);
      if (manifest !== undefined) {
        for (const target of manifest.imports) {
          const name = packageName(target);
          if (name !== undefined) this.#notePackage(name, '', directory, undefined);
        }
        return;
      }
      if (dirname(directory) === directory) return;
    }
  }

  /**
   * A target in package.json may name the .js file that a .ts file is compiled to; if it were there, it would be taken.
   */
  #noteCompiledName(file: string): void {
    const compiled = file.replace(/\.([mc]?)tsx?$/, '.$1js');
    if (compiled !== file) this.#noteFile(compiled, undefined);
  }
}

/**
 * The files that a path in an import can refer to before it refers to a folder, in the order in which esbuild looks for
 * them.
 */
function filesMeantBy(path: string): readonly string[] {
  const typescript = /\.([mc]?)jsx?$/.exec(path);
  const rewritten = typescript === null ? [] : rewrittenExtensions(path, typescript[1]!);
  return [path, ...EXTENSIONS.map((extension) => path + extension), ...rewritten];
}

/** `./helper.js` refers to helper.ts if helper.js does not exist. */
function rewrittenExtensions(path: string, module: string): readonly string[] {
  const stem = path.replace(/\.[mc]?jsx?$/, '');
  return module === '' ? [`${stem}.ts`, `${stem}.tsx`] : [`${stem}.${module}ts`];
}
