/**
 * Nodes in the order in which they are to start. Most come in this order and leave from the front: neither moves the
 * others, of which there may be a hundred thousand.
 */

/** Before so many places at the front are free, they are kept. */
const MOST_FREE = 1024;

export class SortedQueue {
  readonly #isBefore: (a: number, b: number) => boolean;
  /** Those before `#first` have left. */
  readonly #nodes: number[] = [];
  #first = 0;

  /** @param isBefore a total order: of two nodes, one is before the other */
  constructor(isBefore: (a: number, b: number) => boolean) {
    this.#isBefore = isBefore;
  }

  get size(): number {
    return this.#nodes.length - this.#first;
  }

  /** @param position from 0 up to and not including `size`; the first is the best */
  at(position: number): number {
    return this.#nodes[this.#first + position]!;
  }

  add(node: number): void {
    const place = this.#placeOf(node);
    if (place === this.#first && place > 0) this.#nodes[--this.#first] = node;
    else if (place === this.#nodes.length) this.#nodes.push(node);
    else this.#nodes.splice(place, 0, node);
  }

  removeAt(position: number): void {
    if (position > 0) {
      this.#nodes.splice(this.#first + position, 1);
      return;
    }
    this.#first++;
    if (this.#first < MOST_FREE || 2 * this.#first < this.#nodes.length) return;
    this.#nodes.splice(0, this.#first);
    this.#first = 0;
  }

  /** @param node is in the queue */
  remove(node: number): void {
    this.removeAt(this.#placeOf(node) - this.#first);
  }

  clear(): void {
    this.#nodes.length = 0;
    this.#first = 0;
  }

  /** Where the node is, or would be. */
  #placeOf(node: number): number {
    let low = this.#first;
    let high = this.#nodes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#isBefore(this.#nodes[middle]!, node)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
