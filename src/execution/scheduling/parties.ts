/**
 * Parties: nodes that started together on the devices of one of them. Each holds memory and pools of its own. The CPU
 * slots and the devices are free when the last of them has ended.
 */
import type { FreePools, Needs } from './pools.ts';

/** More networks in one program gain little, and one that fails takes all of them with it. */
export const MOST_TOGETHER = 64;

export class Parties {
  readonly #free: FreePools;
  /** By node: those of its party that have not ended, itself included. */
  readonly #of = new Map<number, Set<number>>();
  readonly #alone = new Set<number>();

  constructor(free: FreePools) {
    this.#free = free;
  }

  isAlone(node: number): boolean {
    return this.#alone.has(node);
  }

  /** From here on, the node is of no party. */
  goesAlone(node: number): void {
    this.#alone.add(node);
  }

  /** How many nodes with these needs could start now, on all devices that are free. */
  room(needs: Needs): number {
    return Math.min(MOST_TOGETHER * this.#free.room(needs), this.#free.room(ridingNeeds(needs)));
  }

  /**
   * Which of the mates start with the node, which has just taken its devices: their part if further devices are free,
   * as far as memory and pools last.
   * @param mates queued nodes with the same needs, the best first
   */
  start(node: number, mates: readonly number[], needs: Needs): readonly number[] {
    const places = Math.min(MOST_TOGETHER, Math.ceil((mates.length + 1) / (this.#free.room(needs) + 1)));
    const riding = ridingNeeds(needs);
    const riders: number[] = [];
    for (const mate of mates.slice(0, places - 1)) {
      if (!this.#free.fits(riding)) break;
      this.#free.take(mate, riding);
      riders.push(mate);
    }
    if (riders.length === 0) return riders;
    const party = new Set([node, ...riders]);
    for (const each of party) this.#of.set(each, party);
    return riders;
  }

  /** Releases everything that the node has, except for what its party still uses. */
  release(node: number): void {
    const party = this.#of.get(node);
    this.#of.delete(node);
    party?.delete(node);
    const [other] = party ?? [];
    if (other !== undefined && this.#free.hasDevices(node)) this.#free.passOn(node, other);
    this.#free.release(node);
  }
}

/** What each node of a party takes besides CPUs and devices, which it shares. */
function ridingNeeds(needs: Needs): Needs {
  return { ...needs, cpus: 0, gpus: 0 };
}
