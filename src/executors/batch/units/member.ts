/** One task of a unit, as the run that waits for it sees it: what its job has told, and whether it has ended. */
import type { Output } from '../../../core/artifact/artifact.ts';
import { failure } from '../../attempt/failure.ts';
import type { ExecutorEvent, Task } from '../../contract.ts';
import type { ObjectStore } from '../../../store/objects/object-store.ts';
import { GrowingFile } from './growing-file.ts';
import { decoded, eventReader, isTaskResult, ofTask, type TaskResult } from './unit.ts';
import { readIfThere } from '../../../store/files/shared-file.ts';
import type { UnitDirectory } from './unit-directory.ts';

export class Member {
  readonly task: Task;
  readonly index: number;
  isCancelled = false;
  hasEnded = false;
  /** The job has begun to execute it: it has done so, or something was lost with it. */
  hasBegun = false;
  #hasStarted = false;
  readonly #directory: UnitDirectory;
  readonly #events: GrowingFile;
  readonly #read = eventReader();

  constructor(task: Task, index: number, directory: UnitDirectory) {
    this.task = task;
    this.index = index;
    this.#directory = directory;
    this.#events = new GrowingFile(directory.events(index));
  }

  /**
   * What the job has told since the last look, and its end once that is there with all that it names. An output that is
   * not visible here yet may be on its way. Once it is late, the attempt is lost: another one makes the output again.
   *
   * @param names what is in the unit's directory
   */
  *look(names: ReadonlySet<string>, objects: ObjectStore, isLate: boolean): Generator<ExecutorEvent> {
    // Read first: what was told before it is there then.
    const result = this.#result(names);
    yield* this.#news(names);
    if (result === undefined) return;
    const { started, last } = result;
    const { id: task, node } = this.task;
    const missing = last.type === 'failed' ? undefined : last.outputs.find((output) => !isVisible(output, objects));
    if (missing !== undefined && !isLate) return;
    this.hasEnded = true;
    if (started !== null && !this.#hasStarted) yield ofTask(started, task);
    if (missing === undefined) yield ofTask(last, task);
    else {
      const told = `The job of node ${node} has reported a result, but its output ${missing.name} has not appeared in the cache.`;
      yield { type: 'failed', task, failure: failure('lost', told), usage: last.usage };
    }
  }

  *#news(names: ReadonlySet<string>): Generator<ExecutorEvent> {
    if (!names.has(`${this.index}.begun`)) return;
    this.hasBegun = true;
    try {
      for (const piece of this.#events.more())
        for (const event of this.#read(piece)) {
          if (event.type === 'started') this.#hasStarted = true;
          yield ofTask(event, this.task.id);
        }
    } catch {
      // Bytes that are not a frame: what follows cannot be read either. The result is in a file of its own.
    }
  }

  #result(names: ReadonlySet<string>): TaskResult | undefined {
    if (!names.has(`${this.index}.result`)) return undefined;
    const bytes = readIfThere(this.#directory.result(this.index));
    const result = bytes && decoded(bytes);
    return isTaskResult(result) ? result : undefined;
  }
}

function isVisible({ digest, bytes, inline }: Output, objects: ObjectStore): boolean {
  return inline !== null || objects.has(digest, bytes);
}
