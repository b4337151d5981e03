/**
 * The portable backend as a stage sees it: it gives kernels with a memory. Nothing here compiles or reads
 * a file, so that a stage's code holds the plan (plan.ts) but no kernels; machine.ts makes one.
 */
import type { ComputeBackend } from '../../core/authoring/stage.ts';
import type { Machine } from './kernels.ts';

export interface PortableBackend extends ComputeBackend {
  readonly kind: 'portable';
  /** Kernels on a fresh memory, all zero, of at least so many bytes. */
  readonly machine: (bytes: number) => Machine;
}

export function isPortable(backend: ComputeBackend): backend is PortableBackend {
  return 'kind' in backend && backend.kind === 'portable';
}
