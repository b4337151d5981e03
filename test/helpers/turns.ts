/**
 * How long the turns of this process's event loop take, in milliseconds of processor time: for so long, it hears
 * neither a Ctrl-C nor anything else. Several short turns that follow each other may count as one.
 */

/** A turn that is shorter than this is not seen. */
const TICK_MS = 5;

export class Turns {
  readonly lengths: number[] = [];
  readonly #others: () => number;
  readonly #timer: NodeJS.Timeout;
  #began = processorMs();
  #othersBegan: number;

  /** @param others how much processor time went so far into what does not count, in milliseconds */
  constructor(others: () => number) {
    this.#others = others;
    this.#othersBegan = others();
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
  }

  get longest(): number {
    return this.lengths.reduce((most, each) => Math.max(most, each), 0);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#tick();
  }

  #tick(): void {
    const [now, others] = [processorMs(), this.#others()];
    const length = now - this.#began - (others - this.#othersBegan);
    if (length > TICK_MS) this.lengths.push(length);
    this.#began = now;
    this.#othersBegan = others;
  }
}

/** Of this process, since it started. */
export function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
