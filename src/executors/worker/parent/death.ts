/** How a worker process died, and the sentence for it. */
import type { ChildProcess } from 'node:child_process';
import { cutText, LONGEST_MESSAGE, LONGEST_STACK } from '../../../core/diagnostics/limits.ts';
import type { Failure } from '../../../events.ts';
import type { Task } from '../../contract.ts';
import { failure } from '../../attempt/failure.ts';
import { outOfMemoryKills } from '../memory.ts';

export interface Death {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  /** Why the process never started; null if it did. */
  readonly error: Error | null;
}

/**
 * The last output of a process may arrive after its exit. A child of its own that keeps its pipes open must not delay
 * the exit for longer than this.
 */
const LAST_WORDS_MS = 500;

/** Resolves when the process has ended and its last output has been read. */
export function deathOf(child: ChildProcess): Promise<Death> {
  return new Promise((resolve) => {
    // Without a pid, the process never started and has no exit. Any other error comes from the channel or from kill,
    // and proves nothing.
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ exitCode: null, signal: null, error });
    });
    child.once('exit', (exitCode, signal) => {
      const death: Death = { exitCode, signal, error: null };
      // What has arrived meanwhile is read first: this process may have been busy for all of the time.
      const timer = setTimeout(() => setImmediate(() => setImmediate(() => resolve(death))), LAST_WORDS_MS);
      child.once('close', () => {
        clearTimeout(timer);
        resolve(death);
      });
    });
  });
}

/**
 * The failure of a task whose worker died during it. `killsBefore`: the result of outOfMemoryKills() shortly before.
 */
export function crashOf(
  { exitCode, signal }: Death,
  task: Task,
  errors: readonly string[],
  killsBefore: number | undefined,
): Failure {
  const described = (failureClass: 'crash' | 'oom', message: string): Failure => ({
    ...failure(failureClass, message),
    exitCode,
    signal,
  });
  if ((signal === 'SIGABRT' || exitCode === 134) && errors.some((line) => HEAP_EXHAUSTED.test(line)))
    return described(
      'oom',
      `The worker process ran out of JavaScript heap while running node ${task.node}; keep large data in typed arrays, or set NODE_OPTIONS=--max-old-space-size=MiB.`,
    );
  const kills = outOfMemoryKills();
  if (signal === 'SIGKILL' && kills !== undefined && killsBefore !== undefined && kills > killsBefore)
    return described(
      'oom',
      `The worker process was killed by SIGKILL while running node ${task.node}, as the system ran out of memory; run fewer jobs at once, or declare the node's memory as memoryMiB.`,
    );
  return described(
    'crash',
    signal === null
      ? `The worker process exited with code ${exitCode ?? 0} while running node ${task.node}; a stage must return or throw and never end its process.`
      : `The worker process was killed by ${signal} while running node ${task.node}.`,
  );
}

/** The failure of a task whose worker was ended because of another one's. */
export function endedWithAnother(other: string, { node }: Task, { exitCode, signal }: Death): Failure {
  const message = `The worker process was ended while running node ${node}, since node ${other}, which went together with it, ignored the request to stop.`;
  return { ...failure('crash', message), exitCode, signal };
}

/** The failure of a task whose worker sent something that is not a message: `what`, in a clause. */
export function misspokenFailure(what: string, { node }: Task, { exitCode, signal }: Death): Failure {
  const message = `The worker process sent something that is not a message of restage while running node ${node} (${what}), and was ended; a stage must not write to file descriptors that it did not open.`;
  return { ...failure('crash', message), exitCode, signal };
}

/** The failure of the task that a worker was started for and never received. */
export function startFailureOf({ exitCode, signal, error }: Death, errors: readonly string[]): Failure {
  const how =
    error !== null
      ? error.message
      : signal === null
        ? `it exited with code ${exitCode ?? 0} before it was ready`
        : `it was killed by ${signal} before it was ready`;
  const named = errors.find((line) => /^\S*Error\b/.test(line)) ?? errors.at(-1);
  const message = `A worker process could not be started: ${how}${named === undefined ? '' : ` (${cutText(named.trim(), LONGEST_MESSAGE)})`}.`;
  return {
    ...failure('crash', message, errors.length === 0 ? null : cutText(errors.join('\n'), LONGEST_STACK)),
    exitCode,
    signal,
  };
}

const HEAP_EXHAUSTED = /heap out of memory|Reached heap limit|bad_alloc/;
