/** The event log of a unit's job, read as it grows, and whether it tells enough. */
import { GrowingFile } from '../batch/units/growing-file.ts';
import type { ObservedJob } from '../batch/contract.ts';
import { EventLog } from './event-log.ts';
import { JobStory } from './job-story.ts';

/** A log that is silent for so long may be one to which nobody writes any more: the queue is asked. */
const SILENT_MS = 600_000;

export class UnitLog {
  readonly #file: GrowingFile;
  readonly #events = new EventLog();
  readonly #story = new JobStory();
  #heardAt: number;
  #isGone = false;

  constructor(path: string, now: number) {
    this.#file = new GrowingFile(path);
    this.#heardAt = now;
  }

  read(now: number): void {
    for (const piece of this.#file.more()) {
      this.#heardAt = now;
      this.#isGone = false;
      for (const event of this.#events.add(piece)) this.#story.hear(event);
    }
  }

  /** Undefined if the log tells nothing of the job, or if the queue has told since that there is none. */
  get job(): ObservedJob | undefined {
    return this.#isGone ? undefined : this.#story.job;
  }

  /** Whether the queue has to be asked, since the log tells nothing, or nothing any more. */
  asksQueue(now: number): boolean {
    const job = this.#story.job;
    return job === undefined || (job.state !== 'ended' && now - this.#heardAt >= SILENT_MS);
  }

  /** What the queue says of a job whose log is silent: that it has it, or that it does not. */
  confirm(isInQueue: boolean, now: number): void {
    this.#heardAt = now;
    this.#isGone = !isInQueue && this.#story.job !== undefined;
  }
}
