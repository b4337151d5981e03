/** The lists of arena rows that calls refer to, one after another in one buffer. */
export class Lists {
  readonly #numbers: number[] = [];

  /** Where the list starts. */
  add(numbers: readonly number[]): number {
    const start = this.#numbers.length;
    for (const number of numbers) this.#numbers.push(number);
    return start;
  }

  /** All of them; never empty, because no buffer may be. */
  all(): Uint32Array<ArrayBuffer> {
    return Uint32Array.from(this.#numbers.length === 0 ? [0] : this.#numbers);
  }
}
