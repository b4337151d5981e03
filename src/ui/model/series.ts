/**
 * The values of a metric in bounded memory. When it is full, every second value is dropped, and from then on only every
 * second new value is kept, and so on. The first and the latest value are always there.
 */
export class Series {
  readonly #values: number[] = [];
  readonly #capacity: number;
  /** One value in `#stride` is kept. */
  #stride = 1;
  #seen = 0;
  #latest = Number.NaN;

  /** @param capacity the largest number of values; even */
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

  /** How many values were added, kept or not. */
  get seen(): number {
    return this.#seen;
  }

  /** In the order in which they were added; the latest is the last. */
  get values(): readonly number[] {
    const isLatestKept = (this.#seen - 1) % this.#stride === 0;
    return this.#seen === 0 || isLatestKept ? this.#values : [...this.#values, this.#latest];
  }
}
