/** The nodes that are to start, in their order, and how many of them have which needs. */
import type { Needs } from './pools.ts';
import { SortedQueue } from './sorted-queue.ts';

export class NodeQueue {
  readonly #order: SortedQueue;
  readonly #needs: (node: number) => Needs;
  /** The needs of a node as text. */
  readonly #kindOf = new Map<number, string>();
  readonly #kinds = new Map<string, number>();
  #cpuless = 0;

  /** @param isBefore a total order: of two nodes, one is before the other */
  constructor(isBefore: (a: number, b: number) => boolean, needs: (node: number) => Needs) {
    this.#order = new SortedQueue(isBefore);
    this.#needs = needs;
  }

  get size(): number {
    return this.#order.size;
  }

  /** How many kinds of needs there are. */
  get kinds(): number {
    return this.#kinds.size;
  }

  /** Whether a node takes no CPU. */
  get hasCpuless(): boolean {
    return this.#cpuless > 0;
  }

  /** @param position from 0 up to and not including `size`; the first is the best */
  at(position: number): number {
    return this.#order.at(position);
  }

  /** Nodes of one kind have the same needs. */
  kind(node: number): string {
    let kind = this.#kindOf.get(node);
    if (kind === undefined) {
      kind = kindOf(this.#needs(node));
      this.#kindOf.set(node, kind);
    }
    return kind;
  }

  countOf(kind: string): number {
    return this.#kinds.get(kind) ?? 0;
  }

  add(node: number): void {
    this.#order.add(node);
    this.#count(node, 1);
  }

  /** @param node is in the queue */
  remove(node: number): void {
    this.#order.remove(node);
    this.#count(node, -1);
  }

  removeAt(position: number): void {
    const node = this.at(position);
    this.#order.removeAt(position);
    this.#count(node, -1);
  }

  clear(): void {
    this.#order.clear();
    this.#kinds.clear();
    this.#cpuless = 0;
  }

  #count(node: number, change: 1 | -1): void {
    const kind = this.kind(node);
    if (this.#needs(node).cpus === 0) this.#cpuless += change;
    const count = this.countOf(kind) + change;
    if (count === 0) this.#kinds.delete(kind);
    else this.#kinds.set(kind, count);
    // Most nodes are never in the queue again.
    if (change < 0) this.#kindOf.delete(node);
  }
}

export function kindOf(needs: Needs): string {
  return JSON.stringify(needs);
}
