/**
 * The results of bundling: a stage's text and digest, a definition that can be imported, and the files that both depend
 * on. Types only.
 */
import type { Digest } from '../../../core/identity/digest.ts';
import type { Factory } from '../instances/stage-factory.ts';
import type { PackageIdentity } from '../packages/package-types.ts';
import type { Witness } from '../resolution/witness.ts';

/** A file that was bundled, recorded so that it can be kept with the result. */
export interface SourceFile {
  /** Relative to the project's root, with forward slashes. */
  readonly path: string;
  readonly sha256: Digest;
  /** Whether statements of the file, or its content, are in the text. */
  readonly inText: boolean;
}

/** Which URL in `executable` a specifier in `text` represents. */
export interface Link {
  readonly specifier: string;
  readonly url: string;
}

export interface StageBundle {
  readonly stage: string;
  /** The module that exports it, relative to the project's root. */
  readonly module: string;
  readonly exportName: string;
  /** The canonical text: the same on every machine. This is what is hashed. */
  readonly text: string;
  /** sha256("restage/code/v1\0" + text). */
  readonly digest: Digest;
  /** What the text means, whatever links and prints it: see program-digest.ts. */
  readonly program: Digest;
  /** `text` with absolute URLs in place of its specifiers: can be imported from anywhere on this machine. */
  readonly executable: string;
  /** Source map of `executable`, JSON; its sources are file: URLs. */
  readonly map: string;
  /** What an executor imports: `executable` as a function that makes a fresh instance of the stage. */
  readonly factory: Factory;
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
  /** Absolute paths of all source files that were read and could change the result. */
  readonly files: readonly string[];
  /** No file was read before this moment, in milliseconds since 1970. */
  readonly readSince: number;
  /** The paths that imports were resolved by, and the packages' files. */
  readonly witnesses: readonly Witness[];
}

export interface DefinitionBundle {
  /** An ES module that can be imported from anywhere on this machine. */
  readonly text: string;
  /** Its source map, JSON; its sources are file: URLs. */
  readonly map: string;
  /** Real paths of the packages' files that it imports. */
  readonly imports: readonly string[];
  /** Absolute paths of all source files that were read and could change the result. */
  readonly files: readonly string[];
  /** No file was read before this moment, in milliseconds since 1970. */
  readonly readSince: number;
  /** The paths that imports were resolved by, and the packages' files. */
  readonly witnesses: readonly Witness[];
}
