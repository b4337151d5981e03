/** The job of a probe as its system knows it: submitted, asked about, and brought to its end. */
import { setTimeout as sleep } from 'node:timers/promises';
import { unreachable } from '../../../errors.ts';
import type { BatchSystem, JobNeeds, JobOptions, JobRequest, ObservedJob } from '../contract.ts';
import { lastLineOf } from '../units/job-log.ts';
import type { Unaccepted } from '../submission.ts';
import type { UnitDirectory } from '../units/unit-directory.ts';

/** Between two questions to the system, in milliseconds. */
const ASK_MS = 1000;
/** How long a job that was cancelled may take to end, in milliseconds. */
const CANCEL_MS = 30_000;
/** How long a job that has told everything may take to end, in milliseconds. */
const LEAVE_MS = 3000;
/** Its time is the limit of the job itself: it ends alone if nobody is there any more. */
const PROBE_NEEDS: JobNeeds = { cpus: 1, memoryMiB: null, gpus: 0, seconds: 180 };

/** A job as its system knows it. */
export class ProbedJob {
  readonly unit: string;
  readonly directory: UnitDirectory;
  number: string | null = null;
  /** Why the system's answer to the submission is not known; null if it is. */
  #unanswered: string | null = null;
  readonly #system: BatchSystem;
  readonly #cancelMs: number;
  /** From when the system is asked for it until it is known not to have it. */
  #mayExist = false;
  /** As was last heard; undefined before anything was. */
  #seen: ObservedJob | 'missing' | undefined;
  /** Whether the system has answered the last question. */
  #isAnswering = true;
  #askedAt = Number.NEGATIVE_INFINITY;

  constructor(system: BatchSystem, unit: string, directory: UnitDirectory, cancelMs = CANCEL_MS) {
    this.#system = system;
    this.#cancelMs = cancelMs;
    this.unit = unit;
    this.directory = directory;
  }

  /**
   * What the system says that does not take it; undefined if it does, or may.
   * @throws CacheError if a file that the system reads cannot be written
   */
  async submit(
    command: readonly string[],
    options: JobOptions,
    needs: JobNeeds = PROBE_NEEDS,
  ): Promise<Unaccepted | undefined> {
    const { path: directory } = this.directory;
    const request: JobRequest = { unit: this.unit, directory, command, needs, options, avoid: [] };
    this.#mayExist = true;
    const submission = await this.#system.submit(request);
    this.#mayExist = submission.type === 'accepted' || submission.type === 'unanswered';
    switch (submission.type) {
      case 'accepted':
        this.number = submission.job;
        return undefined;
      case 'unanswered':
        this.#unanswered = submission.reason;
        return undefined;
      case 'busy':
      case 'refused':
        return submission;
      case 'unwritten':
        throw submission.error;
      default:
        return unreachable(submission);
    }
  }

  /**
   * What it is called as long as it may go on: its number, or the name of its unit where nobody knows that; else null.
   */
  get mayGoOn(): string | null {
    return this.#mayExist && this.state !== 'over' ? this.#called : null;
  }

  get #called(): string {
    return this.number ?? this.unit;
  }

  /** Why nobody knows whether there is such a job; null if there is, or was. */
  get unanswered(): string | null {
    return this.number === null ? this.#unanswered : null;
  }

  /** What the system calls its host; null if it has not said. */
  get place(): string | null {
    const known = this.#known;
    return known === undefined || known.state === 'waiting' ? null : known.host;
  }

  /** Whether it goes on, as was last heard. */
  get state(): 'waiting' | 'running' | 'over' {
    if (this.#seen === undefined) return 'waiting';
    if (this.#seen === 'missing' || this.#seen.state === 'ended') return 'over';
    return this.#seen.state;
  }

  /** Null if the system does not say. */
  get whyWaiting(): string | null {
    if (!this.#isAnswering) return 'it does not answer any more';
    return this.#known?.state === 'waiting' ? this.#known.why : null;
  }

  /** How it is with the job, in a clause: the system's words, and the last ones of the job's log. */
  get said(): string {
    const lastLine = lastLineOf(this.directory);
    return lastLine === '' ? this.#state : `${this.#state}; its log ends with: ${lastLine}`;
  }

  get #state(): string {
    if (this.#seen === undefined) return 'its system has said nothing of it';
    if (this.#seen === 'missing') return 'it is not in the queue any more';
    switch (this.#seen.state) {
      case 'waiting':
        return 'it waits';
      case 'running':
        return 'it runs';
      case 'ended':
        return this.#seen.said;
      default:
        return unreachable(this.#seen);
    }
  }

  get #known(): ObservedJob | undefined {
    return this.#seen === 'missing' ? undefined : this.#seen;
  }

  /** Asks the system, once a second at most. */
  async look(): Promise<void> {
    if (performance.now() - this.#askedAt < ASK_MS) return;
    const jobs = await this.#system.observe([this.unit]);
    this.#askedAt = performance.now();
    this.#isAnswering = jobs !== undefined;
    if (jobs === undefined) return;
    this.#seen = jobs.get(this.unit) ?? 'missing';
    this.number = this.#known?.job ?? this.number;
  }

  /**
   * Cancels it, unless it ends by itself.
   * @returns its number if it could not be ended, or the name of its unit where nobody knows the number
   */
  async end(isDone: boolean): Promise<string | null> {
    if (!this.#mayExist) return null;
    const began = performance.now();
    for (;;) {
      this.#askedAt = Number.NEGATIVE_INFINITY;
      await this.look();
      const waited = performance.now() - began;
      if (this.state === 'over') return null;
      if (waited >= this.#cancelMs) return this.#called;
      if (this.number !== null && (!isDone || waited >= LEAVE_MS))
        await this.#system.cancel([{ unit: this.unit, job: this.number }]);
      await sleep(ASK_MS / 4);
    }
  }
}
