/**
 * Backends as others use them: found, described for a cache key, and opened, each without the next.
 * A worker opens one for the stages that declare `compute`; stages get it as `ctx.backend` and never import this file.
 */
import type { ComputeBackend } from '../../core/authoring/stage.ts';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import type { BackendFiles, DeviceFailed } from './backend-entry.ts';
import { backendEntry, type BackendName, type Opened } from './registry.ts';

/**
 * What a backend's results depend on, except for the model of the device; identity/compute makes a key's field of it.
 */
export interface BackendDescription {
  readonly name: string;
  /** Of the package that computes; of the kernels, for portable. */
  readonly version: string;
  readonly device: 'cpu' | 'gpu';
  /** Of the packages' versions and of the exact binaries that run, if there are any. */
  readonly digest: Digest;
}

/** A backend that is installed. */
export interface FoundBackend extends BackendFiles {
  readonly name: string;
  readonly device: 'cpu' | 'gpu';
}

/**
 * Finds a backend, reading none of its binaries and loading nothing. A backend that users install is
 * looked for in the project with this root first.
 *
 * @throws BackendError if there is no backend of this name, or what it needs is not installed.
 */
export function findBackend(name: string, projectRoot?: string): FoundBackend {
  const { device, find } = backendEntry(name);
  return { name, device, ...find(projectRoot) };
}

/**
 * The identity of a backend, found without loading it. `digestOf` gives the digest of a file's content; it may remember
 * it.
 *
 * @throws BackendError as `findBackend`.
 */
export async function describeBackend(
  name: string,
  digestOf: (file: string) => Promise<Digest>,
  projectRoot?: string,
): Promise<BackendDescription> {
  const { version, device, versions, files } = findBackend(name, projectRoot);
  return { name, version, device, digest: sha256(versions, ...(await Promise.all(files.map(digestOf)))) };
}

/**
 * Loads and starts a backend, for this process: one of them at a time, computing in one thread.
 *
 * @param failed called when its device fails; default: an uncaught exception, which ends this process.
 * @throws BackendError if there is no backend of this name, it is not installed, or another one starts in its place.
 */
export async function openBackend<Name extends BackendName>(
  name: Name,
  projectRoot?: string,
  failed?: DeviceFailed,
): Promise<Opened<Name>>;
export async function openBackend(name: string, projectRoot?: string, failed?: DeviceFailed): Promise<ComputeBackend>;
export async function openBackend(
  name: string,
  projectRoot?: string,
  failed: DeviceFailed = raise,
): Promise<ComputeBackend> {
  return backendEntry(name).start(projectRoot, failed);
}

const raise: DeviceFailed = (error) => {
  throw error;
};
