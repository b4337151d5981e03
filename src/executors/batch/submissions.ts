/** Units on their way to a batch system, one after another. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchSystem, JobRequest, Submission } from './contract.ts';
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
  /** What the system said; a job that it is too busy for is asked for again, unless it is removed. */
  readonly onAnswer: (unit: UnitUnderWay, submission: Submission) => void;
}

export class Submissions {
  readonly #options: SubmissionsOptions;
  readonly #waiting: ToSubmit[] = [];
  readonly #stopping = new AbortController();
  #submitting: Promise<void> | undefined;

  constructor(options: SubmissionsOptions) {
    this.#options = options;
  }

  add(unit: UnitUnderWay, planned: PlannedUnit): void {
    this.#waiting.push({ unit, planned });
    this.#submitting ??= this.#submitAll().finally(() => {
      this.#submitting = undefined;
    });
  }

  /** True if nobody is being asked for the unit's job: it does not exist, and will not. */
  remove(unit: UnitUnderWay): boolean {
    const at = this.#waiting.findIndex((each) => each.unit === unit);
    if (at >= 0) this.#waiting.splice(at, 1);
    return at >= 0;
  }

  /** Submits nothing more, and returns when the last answer is there. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#submitting;
  }

  async #submitAll(): Promise<void> {
    const { busyMs, onAnswer } = this.#options;
    const { signal } = this.#stopping;
    // What is added at once is looked at in the next turn, when whoever added it is done.
    await Promise.resolve();
    while (!signal.aborted) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      const submission = await this.#submit(next);
      if (submission.type === 'busy') this.#waiting.unshift(next);
      onAnswer(next.unit, submission);
      if (submission.type === 'busy') await sleep(busyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #submit({ unit, planned }: ToSubmit): Promise<Submission> {
    const { system, program } = this.#options;
    const { needs, options, avoid } = planned;
    const { path: directory } = unit.directory;
    const request: JobRequest = { unit: unit.name, directory, command: [...program, directory], needs, options, avoid };
    const submission = await system.submit(request);
    // To avoid hosts is a wish: every host may have failed once.
    const isRefusedWish = submission.type === 'refused' && avoid.length > 0;
    return isRefusedWish ? system.submit({ ...request, avoid: [] }) : submission;
  }
}
