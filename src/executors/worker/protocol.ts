/**
 * The messages between a worker process and its parent. Both sides import this file and `frames.ts`, and share nothing
 * else. A message holds JSON-like values and bytes.
 */
import type { Task, Usage } from '../contract.ts';
import type { AbortClass } from '../attempt/failure.ts';
import type { AttemptEvent, Outcome } from '../attempt/outcome.ts';

/**
 * The worker's file descriptors for the two pipes. It writes to one and waits, and reads the other while it does not.
 */
export const PIPES = { fromWorker: 3, toWorker: 4 } as const;

/** The secrets of the task in the clear, which its own would not show: in this message and nowhere else. */
export interface GivenTask {
  readonly task: Omit<Task, 'secrets'>;
  readonly secrets?: {
    readonly values: readonly (readonly [source: string, value: string])[];
    readonly env: readonly string[];
  };
}

export type ToWorker =
  /** One task, or several that go together. */
  | { readonly type: 'run'; readonly tasks: readonly GivenTask[] }
  /** Only aborts the stage's signal: the parent kills a stage that does not listen. */
  | { readonly type: 'abort'; readonly task: string; readonly class: AbortClass }
  | { readonly type: 'stop' };

export type FromWorker =
  /** The first message: from now on the worker takes tasks, one at a time or several that go together. */
  | { readonly type: 'ready' }
  /** Sent while a task runs. Its absence proves nothing: a stage that computes without a pause blocks it. */
  | { readonly type: 'heartbeat'; readonly cpuSeconds: number; readonly peakBytes: number | null }
  | { readonly type: 'event'; readonly event: AttemptEvent }
  | {
      readonly type: 'ended';
      readonly task: string;
      readonly outcome: Outcome;
      readonly usage: Usage;
      /** False when code of the stage may still be running in the worker. */
      readonly reusable: boolean;
    }
  /** Code that an earlier stage left behind has failed: the worker takes no further task. */
  | { readonly type: 'retire' };

/** How often a busy worker sends a heartbeat. */
export const HEARTBEAT_MS = 1000;
