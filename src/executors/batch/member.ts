/** One task of a unit, as the run that waits for it sees it: what its job has told, and whether it has ended. */
import type { ExecutorEvent, Task } from '../contract.ts';
import type { ObjectStore } from '../../store/objects/object-store.ts';
import { GrowingFile } from './growing-file.ts';
import { decoded, eventReader, isTaskResult, ofTask, type TaskResult } from './unit.ts';
import { readIfThere } from '../../store/files/shared-file.ts';
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
   * What the job has told since the last look, and its end once that is there with all that it names. An output that is not
   * visible here yet may be on its way: `isLate` says that it has had its time, and whoever reads the output then says what
   * is missing.
   *
   * @param names what is in the unit's directory
   */
  *look(names: ReadonlySet<string>, objects: ObjectStore, isLate: boolean): Generator<ExecutorEvent> {
    // Read first: what was told before it is there then.
    const result = this.#result(names);
    yield* this.#news(names);
    if (result === undefined) return;
    const { started, last } = result;
    const isVisible =
      last.type === 'failed' ||
      last.outputs.every(({ digest, bytes, inline }) => inline !== null || objects.has(digest, bytes));
    if (!isVisible && !isLate) return;
    this.hasEnded = true;
    if (started !== null && !this.#hasStarted) yield ofTask(started, this.task.id);
    yield ofTask(last, this.task.id);
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
