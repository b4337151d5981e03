/**
 * The run of a stage that the executing code belongs to, across its awaits and timers. It tells whose console line, or
 * whose unhandled rejection, something is.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Belongings } from './belongings.ts';
import type { LogStream } from './outcome.ts';

export interface CurrentRun {
  readonly belongings: Belongings;
  log(stream: LogStream, text: string): void;
  /** Ends its attempts: after an uncaught exception. */
  fail(error: unknown): void;
}

export const currentRun = new AsyncLocalStorage<CurrentRun | undefined>();
