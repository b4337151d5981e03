/** What the field `backend` of a key is made of: which backend computes, and on what. */
import { type Digest, sha256 } from './digest.ts';

export interface BackendIdentity {
  readonly name: string;
  readonly version: string;
  /** `cpu`, or the model of the GPUs: another model gives different bits, another GPU of the same model does not. */
  readonly device: string;
  /** Of the GPUs, as it calls itself; for people, since the digest covers it. Empty for `cpu`. */
  readonly driver: string;
  /**
   * Covers everything else that changes bits and can be found without starting the backend: a wasm binary, the
   * package's libraries or Dawn, a GPU's driver. CUDA and cuDNN belong to the system and are not covered.
   */
  readonly digest: Digest;
}

/** A backend on GPUs: the libraries of one that computes on the CPU, and the driver. */
export function onDevice(
  { name, version, digest }: Pick<BackendIdentity, 'name' | 'version' | 'digest'>,
  device: string,
  driver: string,
): BackendIdentity {
  return { name, version, device, driver, digest: sha256(`${digest}\ndriver@${driver}\n`) };
}

/** Whether both give the same bits, as far as anybody knows. */
export function isSameBackend(some: BackendIdentity, other: BackendIdentity): boolean {
  return (
    some.name === other.name &&
    some.version === other.version &&
    some.device === other.device &&
    some.digest === other.digest
  );
}
