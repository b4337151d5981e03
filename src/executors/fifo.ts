/**
 * A queue. An array's `shift` moves all that is left, and a Map's first key has to be searched for among deleted ones:
 * with a thousand tasks waiting, either costs more than a short stage.
 */
export class Fifo<T> {
  #items: T[] = [];
  #head = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  get first(): T | undefined {
    return this.#items[this.#head];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    if (this.size === 0) return undefined;
    const item = this.#items[this.#head++];
    // What is taken out is let go of in halves, so that it costs little, and no memory for long.
    if (this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes out the first item that matches, wherever it stands. */
  remove(matches: (item: T) => boolean): T | undefined {
    const index = this.#items.findIndex((item, at) => at >= this.#head && matches(item));
    return index === -1 ? undefined : this.#items.splice(index, 1)[0];
  }

  toArray(): readonly T[] {
    return this.#items.slice(this.#head);
  }
}
