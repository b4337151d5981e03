/** Units on their way to a batch system, one after another. */
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import type { PlannedUnit } from './batch-queue.ts';
import type { BatchSystem, JobRequest } from './contract.ts';
import type { Submission } from './submission.ts';
import type { UnitUnderWay } from './unit-under-way.ts';

/** A unit that is written down, and what its job asks for. */
export interface ToSubmit {
  readonly unit: UnitUnderWay;
  readonly planned: PlannedUnit;
}

export interface SubmissionsOptions {
  readonly system: BatchSystem;
  /** The command that executes a unit on its host, without the unit's directory. */
  readonly program: readonly string[];
  /** Writes the next unit down; undefined if there is none. */
  readonly next: () => ToSubmit | undefined;
  /** Before a system that takes no job now is asked again, in milliseconds. */
  readonly busyMs: number;
  /** What the system said; a job that it is too busy for is asked for again, unless it is removed. */
  readonly onAnswer: (unit: UnitUnderWay, submission: Submission) => void;
}

export class Submissions {
  readonly #options: SubmissionsOptions;
  /** What the system was too busy for. */
  #again: ToSubmit | undefined;
  readonly #stopping = new AbortController();
  #submitting: Promise<void> | undefined;

  constructor(options: SubmissionsOptions) {
    this.#options = options;
  }

  /** There is something to submit. */
  go(): void {
    this.#submitting ??= this.#submitAll().finally(() => {
      this.#submitting = undefined;
    });
  }

  /** True if nobody is being asked for the unit's job: it does not exist, and will not. */
  remove(unit: UnitUnderWay): boolean {
    if (this.#again?.unit !== unit) return false;
    this.#again = undefined;
    return true;
  }

  /** Submits nothing more, and returns when the last answer is there. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#submitting;
  }

  async #submitAll(): Promise<void> {
    const { busyMs, onAnswer } = this.#options;
    const { signal } = this.#stopping;
    // In a turn of its own each: to write many units down takes long, and the run has other things to do meanwhile.
    while (!signal.aborted) {
      await turn();
      const next = this.#again ?? this.#options.next();
      if (next === undefined) return;
      this.#again = undefined;
      const submission = await this.#submit(next);
      if (submission.type === 'busy') this.#again = next;
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
