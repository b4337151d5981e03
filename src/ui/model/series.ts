/**
 * The course of a metric in bounded memory: when it is full, every second value goes, and from then on only every second
 * one is taken, and so on. First and latest value are always there.
 */
export class Series {
  readonly #values: number[] = [];
  readonly #capacity: number;
  /** One of so many values is kept. */
  #stride = 1;
  #seen = 0;
  #latest = Number.NaN;

  /** @param capacity how many values at most; an even number */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  add(value: number): void {
    if (this.#seen % this.#stride === 0) {
      if (this.#values.length === this.#capacity) {
        for (let i = 0; i < this.#capacity / 2; i++) this.#values[i] = this.#values[2 * i]!;
        this.#values.length = this.#capacity / 2;
        this.#stride *= 2;
      }
      this.#values.push(value);
    }
    this.#seen += 1;
    this.#latest = value;
  }

  /** How many values there were, kept or not. */
  get seen(): number {
    return this.#seen;
  }

  /** In order; the latest is the last. */
  get values(): readonly number[] {
    const isLatestKept = (this.#seen - 1) % this.#stride === 0;
    return this.#seen === 0 || isLatestKept ? this.#values : [...this.#values, this.#latest];
  }
}
