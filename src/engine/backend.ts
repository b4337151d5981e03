/** Which compute backend a run uses: what `auto` stands for, and the identity that enters the keys of compute stages. */
import type { Digest } from '../core/digest.ts';
import { BackendError } from '../errors.ts';

export interface BackendIdentity {
  readonly name: string;
  readonly version: string;
  readonly device: string;
  /** Of whatever else changes bits: a wasm binary, a library. */
  readonly digest: Digest;
}

const DEFAULT_BACKEND = 'portable';

/** @throws BackendError for an unknown backend or a device that none of them has */
export async function resolveBackend(asked: string, device: string): Promise<BackendIdentity> {
  if (device !== 'auto' && device !== 'cpu')
    throw new BackendError(
      `No backend of this restage computes on the device "${device}"; use --device cpu, or leave it away.`,
    );
  const { describeBackend } = await import('../ml/backends.ts');
  return describeBackend(asked === 'auto' ? DEFAULT_BACKEND : asked);
}
