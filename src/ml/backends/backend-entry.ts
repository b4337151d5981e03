/** What restage knows about one compute backend: the entry that `registry.ts` lists, one file a backend. */
import type { ComputeBackend } from '../../core/authoring/stage.ts';
import type { DeviceError } from '../../errors.ts';

/** Who lists the devices that a backend computes on: NVIDIA's driver, or WebGPU. */
export type DeviceFamily = 'nvidia' | 'webgpu';

/** Called when the device of an open backend fails: what is computed on it from then on is worth nothing. */
export type DeviceFailed = (error: DeviceError) => void;

export interface BackendEntry<Name extends string = string, B extends ComputeBackend = ComputeBackend> {
  readonly name: Name;
  /** What it computes on. */
  readonly device: 'cpu' | 'gpu';
  /** Of one that computes on GPUs: who lists them. */
  readonly family?: DeviceFamily;
  /**
   * Whether what one network computes has the same bits whatever else is computed in the same program: then nodes whose
   * stage can go together do so; default false.
   */
  readonly sameBitsTogether?: boolean;
  /**
   * Finds it, reading none of its binaries and loading nothing. @throws BackendError if what it needs is not installed
   */
  readonly find: (projectRoot: string | undefined) => BackendFiles;
  /**
   * Loads and starts it for this process, computing in one thread. What it gives names the trainer that computes on it,
   * by `kind`: see `open-trainer.ts`.
   *
   * @param failed called at most once, for a device that can be lost
   * @throws BackendError
   */
  readonly start: (projectRoot: string | undefined, failed: DeviceFailed) => Promise<B>;
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
