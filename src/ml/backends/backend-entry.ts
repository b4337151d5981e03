/** What restage knows about one compute backend: the entry that `registry.ts` lists, one file a backend. */
import type { ComputeBackend } from '../../core/authoring/stage.ts';

export interface BackendEntry<Name extends string = string, B extends ComputeBackend = ComputeBackend> {
  readonly name: Name;
  /** What it computes on. */
  readonly device: 'cpu' | 'gpu';
  /** Finds it, reading none of its binaries and loading nothing. @throws BackendError if what it needs is not installed */
  readonly find: (projectRoot: string | undefined) => BackendFiles;
  /**
   * Loads and starts it for this process, computing in one thread. What it gives names the trainer that computes on it,
   * by `kind`: see `open-trainer.ts`.
   *
   * @throws BackendError
   */
  readonly start: (projectRoot: string | undefined) => Promise<B>;
}

/** What identifies an installed backend. */
export interface BackendFiles {
  /** Of the package that computes; of the kernels, for portable. */
  readonly version: string;
  /** What else identifies it, beside its files. */
  readonly versions: string;
  /** Absolute paths of the binaries that compute, where that is not JavaScript; hundreds of megabytes for some. */
  readonly files: readonly string[];
}
