/**
 * Turns a thrown value, or the end of a process, into the Failure that is recorded: one sentence, with a stack only
 * where it helps.
 */
import { cutText, LONGEST_MESSAGE } from '../../core/diagnostics/limits.ts';
import {
  errorSentence,
  fullStack,
  isError,
  isInstance,
  memberOf,
  messageOf,
  shown,
} from '../../core/diagnostics/thrown.ts';
import { DataError, type DeviceError, isRestageError } from '../../errors.ts';
import type { Failure } from '../../events.ts';
import type { ExecutorEvent, Task } from '../contract.ts';
import type { AttemptSecrets } from './secrets.ts';

type Failed = Extract<ExecutorEvent, { readonly type: 'failed' }>;

export type AbortClass = 'cancelled' | 'timeout';

/** The reason of an aborted stage's signal; `signal.throwIfAborted()` throws it. */
export class AttemptAborted extends Error {
  readonly failureClass: AbortClass;

  constructor(failureClass: AbortClass, task: Task) {
    super(abortSentence(failureClass, task));
    this.name = 'AbortError';
    this.failureClass = failureClass;
  }
}

export function abortSentence(failureClass: AbortClass, task: Pick<Task, 'node' | 'timeoutSeconds'>): string {
  return failureClass === 'cancelled'
    ? `Node ${task.node} was cancelled.`
    : `Node ${task.node} ran longer than its timeout of ${task.timeoutSeconds ?? 0} s.`;
}

/** A call of the context that is wrong, such as a metric without a name: told with the line that made it. */
export class InvalidCallError extends DataError {}

/**
 * Outputs that are not what their stage declares. Nothing of the stage executes any more: the place is that of the
 * stage.
 */
export class OutputError extends DataError {
  constructor(reason: unknown, declaredAt: string | undefined) {
    const isOwn = isRestageError(reason);
    const message = isOwn ? messageOf(reason) : isError(reason) ? errorSentence(reason) : shown(reason);
    // The frames of a sentence are restage's; those of any other error may be the author's, such as of a getter.
    super(message, isOwn ? {} : { cause: reason });
    this.stack = declaredAt === undefined ? message : `${message}\n${declaredAt}`;
  }
}

/**
 * The failure for a value that a stage threw, whatever it is. Restage's own errors (DataError among them) are a
 * sentence already; any other error comes with its stack. The secrets of the attempt are taken out.
 */
export function failureOf(error: unknown, secrets?: AttemptSecrets): Failure {
  const told = described(error);
  if (secrets === undefined) return told;
  const { message, stack } = told;
  return { ...told, message: secrets.redact(message), stack: stack && secrets.redact(stack) };
}

function described(error: unknown): Failure {
  if (!isError(error)) return failure('error', `The stage threw ${shown(error)}, which is not an Error.`);
  if (isInstance(error, AttemptAborted)) return failure(error.failureClass, error.message);
  if (isRestageError(error)) {
    const stack =
      isInstance(error, InvalidCallError) || isInstance(error, OutputError) ? fullStack(error, authorFrames) : null;
    return failure(classOf(error), cutText(messageOf(error), LONGEST_MESSAGE), stack);
  }
  const isMemory = memberOf(error, 'name') === 'RangeError' && /allocation failed/i.test(messageOf(error));
  return failure(isMemory ? 'oom' : 'error', errorSentence(error), fullStack(error, authorFrames));
}

/** By name, since the code of a stage may have made it with a copy of the class. */
function classOf(error: unknown): Failure['class'] {
  if (memberOf(error, 'code') !== 'DEVICE') return 'error';
  switch (memberOf(error, 'failure') as DeviceError['failure']) {
    case 'lost':
      return 'lost';
    case 'memory':
      return 'oom';
    case 'misused':
      return 'error';
  }
}

export function cancelled(task: Pick<Task, 'node' | 'timeoutSeconds'>): Failure {
  return failure('cancelled', abortSentence('cancelled', task));
}

/** The last event of a task of which nothing was executed, or nothing is known. */
export function endedWithout(task: Pick<Task, 'id'>, reason: Failure, at: number): Failed {
  const usage = { startedAt: at, endedAt: at, cpuSeconds: null, peakBytes: null };
  return { type: 'failed', task: task.id, failure: reason, usage };
}

export function failure(failureClass: Failure['class'], message: string, stack: string | null = null): Failure {
  return { class: failureClass, message, stack, exitCode: null, signal: null };
}

/** The author's frames: those above the frame in which restage called the stage, and below those of the context. */
function authorFrames(lines: readonly string[]): readonly string[] {
  const first = lines.findIndex((line) => FRAME.test(line));
  if (first < 0) return lines;
  // What the author called comes first, if it is what threw.
  const isCalled = OWN.test(lines[first]!);
  const start = isCalled ? indexFrom(lines, first, (line) => !OWN.test(line) && !OF_NODE.test(line)) : first;
  return [
    ...lines.slice(0, first),
    ...lines.slice(
      start,
      indexFrom(lines, start, (line) => OWN.test(line)),
    ),
  ];
}

/** The index of the first such line from here on; the number of lines if there is none. */
function indexFrom(lines: readonly string[], start: number, holds: (line: string) => boolean): number {
  const found = lines.findIndex((line, index) => index >= start && holds(line));
  return found < 0 ? lines.length : found;
}

const FRAME = /^\s+at /;
const OF_NODE = /^\s+at .*\(?node:/;
/** What calls stages and what they call, in files of their own or as they were built into one. */
const OWN =
  /^\s+at .*[\\/](?:executors[\\/]attempt[\\/](?:attempt|stage-run|reporter|context|outputs|tracer)|dist[\\/]attempt)\.[jt]s/;
