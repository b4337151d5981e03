/**
 * A queue. `Array.shift` moves all remaining items, and finding a Map's first key means skipping its deleted ones. With
 * a thousand waiting tasks, either costs more than a short stage.
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
    // Frees consumed slots once they are half the array: amortised O(1).
    if (this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Removes and returns the first item that matches, at any position. */
  remove(matches: (item: T) => boolean): T | undefined {
    const index = this.#items.findIndex((item, at) => at >= this.#head && matches(item));
    return index === -1 ? undefined : this.#items.splice(index, 1)[0];
  }

  toArray(): readonly T[] {
    return this.#items.slice(this.#head);
  }
}
