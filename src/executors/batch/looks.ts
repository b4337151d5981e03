/** When a batch system is looked at: often while something changes, less and less often while nothing does, one look at a time. */
import type { Pace } from './pace.ts';

/** What a look has found; `nothing-left`: there is no reason for another one. */
export type Found = 'news' | 'nothing-new' | 'nothing-left';

/** By how much each look without news puts off the next. */
const SLOWER = 1.2;

export class Looks {
  readonly #pace: Pick<Pace, 'lookMs' | 'longestLookMs'>;
  readonly #look: () => Promise<Found>;
  #waitMs: number;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  /** The next look is due as soon as this one is done. */
  #isDue = false;
  #hasStopped = false;

  constructor(pace: Pick<Pace, 'lookMs' | 'longestLookMs'>, look: () => Promise<Found>) {
    this.#pace = pace;
    this.#look = look;
    this.#waitMs = pace.lookMs;
  }

  /** Something is about to change. */
  soon(): void {
    this.#waitMs = this.#pace.lookMs;
    this.#schedule(this.#waitMs);
  }

  /** Something has changed. */
  now(): void {
    this.#waitMs = this.#pace.lookMs;
    if (this.#isLooking) {
      this.#isDue = true;
      return;
    }
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#schedule(0);
  }

  stop(): void {
    this.#hasStopped = true;
    clearTimeout(this.#timer);
  }

  #schedule(milliseconds: number): void {
    if (this.#hasStopped || this.#isLooking) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#take();
    }, milliseconds);
  }

  async #take(): Promise<void> {
    this.#isLooking = true;
    const found = await this.#look();
    this.#isLooking = false;
    const { lookMs, longestLookMs } = this.#pace;
    this.#waitMs = found === 'news' ? lookMs : Math.min(longestLookMs, this.#waitMs * SLOWER);
    const isDue = this.#isDue;
    this.#isDue = false;
    if (isDue || found !== 'nothing-left') this.#schedule(isDue ? 0 : this.#waitMs);
  }
}
