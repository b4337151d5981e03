/** The lists of arena rows that calls refer to, one after another in one buffer. */
export class Lists {
  readonly #numbers: number[] = [];

  /** Where the list starts. */
  add(numbers: readonly number[]): number {
    return this.#numbers.push(...numbers) - numbers.length;
  }

  /** All of them; never empty, because no buffer may be. */
  all(): Uint32Array<ArrayBuffer> {
    return Uint32Array.from(this.#numbers.length === 0 ? [0] : this.#numbers);
  }
}
