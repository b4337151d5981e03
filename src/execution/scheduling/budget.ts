/**
 * The limits of a run: how long it may take, and how much work it may do. A node that would exceed one, by what its
 * stage took before, is not started. What runs is never stopped.
 */

export interface RunLimits {
  /** From the beginning of the run to its end, in seconds. */
  readonly time?: number;
  /** What all executions take together, in seconds, however many ran at once. */
  readonly cost?: number;
}

export type LimitKind = keyof RunLimits;

export class Budget {
  readonly #limits: RunLimits;
  readonly #elapsed: () => number;
  readonly #history: (stage: string) => number | undefined;
  /** What executions of a stage took in this run: it says more than earlier runs do. */
  readonly #taken = new Map<string, { seconds: number; count: number }>();
  #spent = 0;

  /** @param elapsed seconds since the run began. @param history what an execution of a stage took in earlier runs */
  constructor(limits: RunLimits, elapsed: () => number, history: (stage: string) => number | undefined) {
    this.#limits = limits;
    this.#elapsed = elapsed;
    this.#history = history;
  }

  /**
   * Which limit an execution of the stage would exceed; undefined if none. One of a stage that never ran is refused
   * only where nothing is left.
   * @param running the stages of what runs: of their work, what they are expected to take is spent
   */
  exceeded(stage: string, running: readonly string[]): LimitKind | undefined {
    const own = this.expected(stage) ?? 0;
    const { time, cost } = this.#limits;
    const within = (used: number, limit: number | undefined): boolean =>
      limit === undefined || (used < limit && used + own <= limit);
    if (!within(this.#elapsed(), time)) return 'time';
    return within(this.#spent + this.#promised(running), cost) ? undefined : 'cost';
  }

  /** How many executions of the stage the limit of cost leaves room for, beside what runs; infinite without a limit. */
  roomFor(stage: string, running: readonly string[]): number {
    const own = this.expected(stage) ?? 0;
    const left = (this.#limits.cost ?? Number.POSITIVE_INFINITY) - this.#spent - this.#promised(running);
    return own > 0 ? Math.floor(left / own) : Number.POSITIVE_INFINITY;
  }

  /** When an execution of the stage has to begin to end within the limit of time: seconds since the run began. */
  latestStart(stage: string): number {
    return (this.#limits.time ?? Number.POSITIVE_INFINITY) - (this.expected(stage) ?? 0);
  }

  #promised(running: readonly string[]): number {
    return running.reduce((sum, each) => sum + (this.expected(each) ?? 0), 0);
  }

  /** Seconds that an execution of the stage is expected to take; undefined for one that never ran. */
  expected(stage: string): number | undefined {
    const taken = this.#taken.get(stage);
    return taken === undefined ? this.#history(stage) : taken.seconds / taken.count;
  }

  /** An execution of the stage has ended. */
  took(stage: string, seconds: number): void {
    const { seconds: before, count } = this.#taken.get(stage) ?? { seconds: 0, count: 0 };
    this.#taken.set(stage, { seconds: before + seconds, count: count + 1 });
    this.#spent += seconds;
  }
}
