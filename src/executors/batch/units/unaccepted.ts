/** Why a task gets no job, as the end of the task. */
import type { CacheError } from '../../../errors.ts';
import { messageOf } from '../../../core/diagnostics/thrown.ts';
import { endedWithout, failure } from '../../attempt/failure.ts';
import type { Task } from '../../contract.ts';
import type { LastEvent } from './unit.ts';

/** @param system as sentences call it */
export function refusedWith(reason: string, system: string, task: Task, at: number): LastEvent {
  return endedWithout(task, failure('error', `${system} refuses the job of node ${task.node}: ${reason}.`), at);
}

/** No other node would fare better: it is the cache that cannot be written. */
export function unwritten(error: CacheError, task: Task, at: number): LastEvent {
  return { ...endedWithout(task, failure('error', messageOf(error)), at), ofCache: true };
}

export function withSecrets(system: string, task: Task, at: number): LastEvent {
  const told = `Node ${task.node} has secrets, and what a job of ${system} gets is written to files; give the node another executor.`;
  return endedWithout(task, failure('error', told), at);
}
