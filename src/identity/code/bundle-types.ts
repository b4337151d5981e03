/** What bundling gives: a stage's text and digest, a definition that can be imported, and what both rest on. Types alone. */
import type { Digest } from '../../core/identity/digest.ts';

/** An npm package that code reaches, directly or through other packages. */
export interface PackageIdentity {
  readonly name: string;
  /** Where several versions of one package are reached, all of them, with spaces between. */
  readonly version: string;
  /** As in the lock file, or `unlocked:<sha256>`; as many as there are versions. */
  readonly integrity: string;
}

/** A file that was bundled, so that it can be kept beside the result. */
export interface SourceFile {
  /** Relative to the project's root, with forward slashes. */
  readonly path: string;
  readonly sha256: Digest;
  /** Whether statements of it are left in the text. A module of constants can matter and leave none: they are put in place. */
  readonly inText: boolean;
}

/** What a specifier in `text` stands for in `executable`. */
export interface Link {
  readonly specifier: string;
  readonly url: string;
}

/**
 * A path that decides where an import leads: a link with the file or directory behind it, or, with null, one that would
 * come before what was found, if there were a file.
 */
export type Resolved = readonly [path: string, real: string | null];

export interface StageBundle {
  readonly stage: string;
  /** The module that exports it, relative to the project's root. */
  readonly module: string;
  readonly exportName: string;
  /** The canonical text: the same on every machine. This is what is hashed. */
  readonly text: string;
  /** sha256("restage/code/v1\0" + text). */
  readonly digest: Digest;
  /** `text` with absolute URLs in place of its specifiers: can be imported from anywhere on this machine. */
  readonly executable: string;
  /** Source map of `executable`, JSON; its sources are file: URLs. */
  readonly map: string;
  readonly links: readonly Link[];
  /** Sorted by name, names unique. */
  readonly packages: readonly PackageIdentity[];
  /** Sorted by path. */
  readonly files: readonly SourceFile[];
}

export interface StageBundles {
  /** The directory of the package.json nearest to the entry. */
  readonly root: string;
  /** In the order asked for. */
  readonly stages: readonly StageBundle[];
  /** Absolute paths of every file that was read and could change the result. */
  readonly files: readonly string[];
  /** What imports were found by. */
  readonly resolved: readonly Resolved[];
}

export interface DefinitionBundle {
  /** An ES module that can be imported from anywhere on this machine. */
  readonly text: string;
  /** Its source map, JSON; its sources are file: URLs. */
  readonly map: string;
  /** Absolute paths of every file that was read and could change the result. */
  readonly files: readonly string[];
  /** What imports were found by. */
  readonly resolved: readonly Resolved[];
  readonly packages: readonly PackageIdentity[];
}
