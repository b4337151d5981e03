/** The events and the outcome of an attempt, the same in every executor. */
import type { Output } from '../../core/artifact/artifact.ts';
import type { Failure } from '../../events.ts';
import type { BackendUsed, ExecutorEvent } from '../contract.ts';

export type AttemptEvent = Extract<ExecutorEvent, { readonly type: 'log' | 'metric' | 'progress' }>;

export type LogStream = Extract<ExecutorEvent, { readonly type: 'log' }>['stream'];

export type Outcome =
  | {
      readonly type: 'succeeded';
      readonly outputs: readonly Output[];
      readonly backend: BackendUsed | null;
    }
  | { readonly type: 'failed'; readonly failure: Failure };
