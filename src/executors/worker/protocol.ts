/**
 * What a worker process and its parent say to each other. Both sides import this file and share nothing else: a message
 * holds JSON-like values and bytes (the channel is that of `child_process.fork`, with advanced serialisation).
 */
import type { Task, Usage } from '../contract.ts';
import type { AbortClass } from '../attempt/failure.ts';
import type { AttemptEvent, Outcome } from '../attempt/outcome.ts';

export type ToWorker =
  | { readonly type: 'run'; readonly task: Task }
  /** Aborts the stage's signal, and no more: a stage that does not listen is killed by the parent. */
  | { readonly type: 'abort'; readonly task: string; readonly class: AbortClass }
  | { readonly type: 'stop' };

export type FromWorker =
  /** The first message: from here on it takes tasks, one at a time. */
  | { readonly type: 'ready' }
  /** While a task runs. Its absence proves nothing: a stage that computes without a pause lets none through. */
  | { readonly type: 'heartbeat'; readonly cpuSeconds: number; readonly peakBytes: number | null }
  | { readonly type: 'event'; readonly event: AttemptEvent }
  | {
      readonly type: 'ended';
      readonly task: string;
      readonly outcome: Outcome;
      readonly usage: Usage;
      /** False when something of the stage may still be running in there. */
      readonly reusable: boolean;
    }
  /** Something that an earlier stage left behind has failed: no further task, please. */
  | { readonly type: 'retire' };

/** How often a busy worker sends a heartbeat. */
export const HEARTBEAT_MS = 1000;
