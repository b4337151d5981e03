/**
 * Units on their way to a batch system, one after another. A unit counts as under way as soon as its job is asked for: the answer
 * may not come, and the job may exist.
 */
import type { BatchSystem, Submission } from './contract.ts';
import type { PlannedUnit } from './batch-queue.ts';
import type { UnitUnderWay } from './unit-under-way.ts';

interface ToSubmit {
  readonly unit: UnitUnderWay;
  readonly planned: PlannedUnit;
}

export interface SubmissionsOptions {
  readonly system: BatchSystem;
  /** The command that executes a unit on its host, without the unit's directory. */
  readonly program: readonly string[];
  /** Before a system that takes no job now is asked again, in milliseconds. */
  readonly busyMs: number;
  /** Its job is about to be asked for. */
  readonly onSubmit: (unit: UnitUnderWay) => void;
  /** What the system said; a job that it is too busy for is asked for again. */
  readonly onAnswer: (unit: UnitUnderWay, submission: Submission) => void;
}

export class Submissions {
  readonly #options: SubmissionsOptions;
  readonly #waiting: ToSubmit[] = [];
  #submitting: Promise<void> | undefined;
  #stopped = false;

  constructor(options: SubmissionsOptions) {
    this.#options = options;
  }

  add(unit: UnitUnderWay, planned: PlannedUnit): void {
    this.#waiting.push({ unit, planned });
    this.#submitting ??= this.#submitAll().finally(() => {
      this.#submitting = undefined;
    });
  }

  /** True if the unit had not been submitted: its job does not exist, and will not. */
  remove(unit: UnitUnderWay): boolean {
    const at = this.#waiting.findIndex((each) => each.unit === unit);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  /** Submits nothing more, and returns when the last answer is there. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#submitting;
  }

  async #submitAll(): Promise<void> {
    // What is added at once is looked at in the next turn, when whoever added it is done.
    await Promise.resolve();
    for (let next = this.#waiting.shift(); next !== undefined && !this.#stopped; next = this.#waiting.shift()) {
      const { unit, planned } = next;
      const { system, program, busyMs, onSubmit, onAnswer } = this.#options;
      onSubmit(unit);
      const submission = await system.submit({
        unit: unit.name,
        directory: unit.directory.path,
        command: [...program, unit.directory.path],
        needs: planned.needs,
        options: planned.options,
        avoid: planned.avoid,
      });
      if (submission.type === 'busy') this.#waiting.unshift(next);
      onAnswer(unit, submission);
      if (submission.type === 'busy') await new Promise((resolve) => setTimeout(resolve, busyMs));
    }
  }
}
