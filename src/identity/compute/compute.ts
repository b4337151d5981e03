/** The backend and the devices of a run. */
import type { BackendIdentity } from '../../core/identity/backend-identity.ts';

export interface Compute {
  readonly backend: BackendIdentity;
  /** Slots of the devices of which a compute stage takes one; empty for a backend that computes on the CPU. */
  readonly devices: readonly string[];
  /** Whether nodes have the same bits alone and in one program with others. */
  readonly sameBitsTogether: boolean;
}
