/** The events and the outcome of an attempt, the same in every executor. */
import type { Access } from '../../core/authoring/access.ts';
import type { Output } from '../../core/artifact/artifact.ts';
import type { Failure } from '../../events.ts';
import type { BackendUsed, ExecutorEvent } from '../contract.ts';

export type AttemptEvent = Extract<ExecutorEvent, { readonly type: 'log' | 'metric' | 'progress' | 'undeclared' }>;

export type LogStream = Extract<ExecutorEvent, { readonly type: 'log' }>['stream'];

export type Outcome =
  | {
      readonly type: 'succeeded';
      readonly outputs: readonly Output[];
      readonly backend: BackendUsed | null;
      /** Undefined if nobody observed the stage. */
      readonly accesses: readonly Access[] | undefined;
    }
  | {
      readonly type: 'failed';
      readonly failure: Failure;
      /** The cache's files could not be written or read, whatever the stage did. */
      readonly ofCache: boolean;
      /** It went together with others, and what failed was not its own part. */
      readonly ofParty: boolean;
    };
