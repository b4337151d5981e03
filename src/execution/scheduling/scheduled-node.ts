/** A node as the scheduler sees it. */
import type { Needs } from './pools.ts';

export interface ScheduledNode {
  readonly dependencies: readonly number[];
  /** Expected duration: 0 if its state is probably there, undefined if its stage never ran. */
  readonly seconds: number | undefined;
  readonly priority: number;
  /** Of two nodes of one priority, the one with the lower rank starts first; default 0. */
  readonly rank?: number;
  /** Read when the node's turn may have come. */
  readonly needs: (node: number) => Needs;
  /** Nodes of one party and the same needs may start together on one device; undefined for one that goes alone. */
  readonly party?: string | undefined;
  /** `excluded`: it takes no part in the run. `done`: its state and those of all nodes above it exist. */
  readonly initially: 'waiting' | 'done' | 'excluded';
}

export type Phase = 'waiting' | 'handed-out' | 'queued' | 'running' | 'done' | 'failed' | 'skipped' | 'excluded';
