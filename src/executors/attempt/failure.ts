/**
 * Turns a thrown value, or the end of a process, into the Failure that is recorded: one sentence, with a stack only
 * where it helps.
 */
import { inspect } from 'node:util';
import type { Failure } from '../../events.ts';
import type { Task } from '../contract.ts';

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

/**
 * The failure for a value that a stage threw. Restage's own errors (DataError among them) are a sentence already; any
 * other error comes with its stack.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof AttemptAborted) return failure(error.failureClass, error.message);
  if (!(error instanceof Error)) return failure('error', `The stage threw ${inspect(error)}, which is not an Error.`);
  if (isSentence(error)) return failure('error', error.message);
  const name = error.name === 'Error' || error.name === '' ? '' : `${error.name}: `;
  const isMemory = error instanceof RangeError && /allocation failed/i.test(error.message);
  return failure(isMemory ? 'oom' : 'error', `${name}${firstLine(error.message)}`, stackOf(error));
}

export function failure(failureClass: Failure['class'], message: string, stack: string | null = null): Failure {
  return { class: failureClass, message, stack, exitCode: null, signal: null };
}

/**
 * Decided by shape: a stage's bundle has its own copy of everything that it imports from `restage/ml`, error classes
 * included.
 */
function isSentence(error: Error): boolean {
  const { code, exitCode } = error as { readonly code?: unknown; readonly exitCode?: unknown };
  return typeof code === 'string' && typeof exitCode === 'number';
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

/** The author's frames: those above the frame in which restage called the stage. */
function stackOf(error: Error): string {
  const lines = (error.stack ?? `${error.name}: ${error.message}`).split('\n');
  const end = lines.findIndex((line) => OWN_FRAME.test(line));
  const stack = (end > 0 ? lines.slice(0, end) : lines).join('\n');
  return error.cause instanceof Error ? `${stack}\nCaused by: ${stackOf(error.cause)}` : stack;
}

const OWN_FRAME = /^\s+at .*[\\/]executors[\\/]attempt[\\/]attempt\.[jt]s/;
