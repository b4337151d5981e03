/** What is known about installed packages that code reaches. Plain data: it is memoised as JSON. */
import type { Digest } from '../../../core/identity/digest.ts';
import type { Witness } from '../resolution/witness.ts';
import type { LoadKind } from './scan.ts';

/** An npm package that code reaches, directly or through other packages. */
export interface PackageIdentity {
  readonly name: string;
  /** If several versions of one package are reached, all of them, separated by spaces. */
  readonly version: string;
  /** Of what would be executed of it. */
  readonly digest: Digest;
}

/** A module of a package, or another file that modules load, such as JSON. */
export interface PackageModule {
  /** Real path. */
  readonly file: string;
  readonly digest: Digest;
  /** The `type` of the nearest package.json, by which Node decides what a .js file is. */
  readonly type: string;
  /** Sorted by specifier and kind; the file is null where nothing was found. Builtin modules are left out. */
  readonly loads: readonly (readonly [specifier: string, kind: LoadKind, file: string | null])[];
}

/** One installation of a package: a directory. */
export interface PackagePlace {
  /** Real path. */
  readonly directory: string;
  /** As its package.json says; under an alias it is installed in a directory of another name. */
  readonly name: string;
  readonly version: string;
  /** All of its files, if its code may load files that it does not name. Paths are relative, with forward slashes. */
  readonly whole: readonly (readonly [path: string, content: string])[] | null;
  /**
   * The packages that code may load that does not name what it loads: name and directory of each one that is declared.
   */
  readonly declared: readonly (readonly [name: string, directory: string | null])[];
}

/** Everything that an import of one file of a package can execute. */
export interface PackageReach {
  readonly entry: string;
  readonly modules: readonly PackageModule[];
  readonly places: readonly PackagePlace[];
  /** What this was read from. */
  readonly witnesses: readonly Witness[];
}

/** The digest of a file's content. @throws the file system's own error */
export type DigestOf = (file: string) => Digest;

/** Finds what importing this file of a package can execute. */
export type ReachOf = (file: string) => Promise<PackageReach>;
