/**
 * How long to wait for what was heard of a unit's job to become certain. A job whose end was observed may still have a
 * result on its way through the shared directory. A job that nobody knows any more may never have existed. Not to get
 * an answer says nothing.
 */
import type { JobEnd, ObservedJob } from './contract.ts';

/** What is certain of a job: it goes on as far as anybody knows, or it is over, and will leave no further result. */
export type Verdict =
  | { readonly type: 'goes-on' }
  | { readonly type: 'over'; readonly end: JobEnd | 'vanished'; readonly host: string | null; readonly said: string };

export class JobPatience {
  #endedSince: number | undefined;
  #missingSince: number | undefined;

  /**
   * @param job undefined: a system that was asked does not know it
   * @param graceMs how long a file takes, at most, to become visible here
   */
  hear(job: ObservedJob | undefined, now: number, graceMs: number): Verdict {
    if (job === undefined) {
      this.#endedSince = undefined;
      this.#missingSince ??= now;
      return now - this.#missingSince < graceMs
        ? GOES_ON
        : { type: 'over', end: 'vanished', host: null, said: 'it is not in the queue any more' };
    }
    this.#missingSince = undefined;
    if (job.state !== 'ended') {
      this.#endedSince = undefined;
      return GOES_ON;
    }
    this.#endedSince ??= now;
    if (now - this.#endedSince < graceMs) return GOES_ON;
    return { type: 'over', end: job.end, host: job.host, said: job.said };
  }
}

const GOES_ON: Verdict = { type: 'goes-on' };
