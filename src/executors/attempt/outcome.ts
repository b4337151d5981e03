/** What an attempt reports and how it ends, in any executor. */
import type { Output } from '../../core/artifact/artifact.ts';
import type { Failure } from '../../events.ts';
import type { ExecutorEvent } from '../contract.ts';

export type AttemptEvent = Extract<ExecutorEvent, { readonly type: 'log' | 'metric' | 'progress' }>;

export type LogStream = Extract<ExecutorEvent, { readonly type: 'log' }>['stream'];

export interface BackendDescription {
  readonly name: string;
  readonly version: string;
  readonly device: string;
}

export type Outcome =
  | {
      readonly type: 'succeeded';
      readonly outputs: readonly Output[];
      readonly backend: BackendDescription | null;
    }
  | { readonly type: 'failed'; readonly failure: Failure };
