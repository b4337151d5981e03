/** When something is looked at: often while it changes, less and less often while it does not, one look at a time. */

/** What a look has found; `nothing-left`: there is no reason for another one. */
export type Found = 'news' | 'nothing-new' | 'nothing-left';

export interface LooksOptions {
  /** Between two looks, in milliseconds, while something changes. */
  readonly shortestMs: number;
  /** The same after a while in which nothing has changed. */
  readonly longestMs: number;
  /** How much of the time looks may take, at most; default: all of it. */
  readonly share?: number;
  readonly look: () => Found | Promise<Found>;
}

/** By how much each look without news puts off the next. */
const SLOWER = 1.2;

export class Looks {
  readonly #options: LooksOptions;
  #waitMs: number;
  #timer: NodeJS.Timeout | undefined;
  /** When the next look is due, by the monotonic clock. */
  #dueAt = 0;
  #isLooking = false;
  /** The next look is due as soon as this one is done. */
  #isDue = false;
  #hasStopped = false;

  constructor(options: LooksOptions) {
    this.#options = options;
    this.#waitMs = options.shortestMs;
  }

  /** Something is about to change. */
  soon(): void {
    this.#waitMs = this.#options.shortestMs;
    this.#schedule(this.#waitMs);
  }

  /** Something has changed. */
  now(): void {
    this.#waitMs = this.#options.shortestMs;
    if (this.#isLooking) this.#isDue = true;
    else this.#schedule(0);
  }

  stop(): void {
    this.#hasStopped = true;
    clearTimeout(this.#timer);
  }

  /** Never puts off a look that is due earlier. */
  #schedule(milliseconds: number): void {
    if (this.#hasStopped || this.#isLooking) return;
    const dueAt = performance.now() + milliseconds;
    if (this.#timer !== undefined && this.#dueAt <= dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.#take();
    }, milliseconds);
  }

  async #take(): Promise<void> {
    const { shortestMs, longestMs, share = 1, look } = this.#options;
    this.#isLooking = true;
    const began = performance.now();
    const found = await look();
    const tookMs = performance.now() - began;
    this.#isLooking = false;
    this.#waitMs = found === 'news' ? shortestMs : Math.min(longestMs, this.#waitMs * SLOWER);
    const isDue = this.#isDue;
    this.#isDue = false;
    if (isDue || found !== 'nothing-left') this.#schedule(isDue ? 0 : Math.max(this.#waitMs, tookMs / share - tookMs));
  }
}
