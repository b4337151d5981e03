/**
 * Who makes which key: this run, for one node or for several that turned out to have the same key (twins), or another
 * process, whose lease is waited for. Every lease that a run takes is given back through this file or with its state.
 */
import type { CacheKey } from '../core/identity/digest.ts';
import type { Leases } from '../store/coordination/leases.ts';

/** A node that is to be made. */
interface Claimant {
  readonly node: number;
  readonly key: CacheKey;
}

export class Claims<C extends Claimant> {
  readonly #leases: Leases;
  /** Keys that this run is after, each with the nodes that wait for the one that makes it. */
  readonly #twins = new Map<CacheKey, number[]>();
  readonly #foreign = new Map<number, C>();

  constructor(leases: Leases) {
    this.#leases = leases;
  }

  /** Claims keys; gives the nodes that are to make them here. The others wait: for a twin, or for another process. */
  claim(candidates: readonly C[]): readonly C[] {
    const first = candidates.filter(({ node, key }) => {
      const twins = this.#twins.get(key);
      if (twins === undefined) this.#twins.set(key, []);
      else twins.push(node);
      return twins === undefined;
    });
    if (first.length === 0) return [];
    const ours = this.#leases.acquire(first.map(({ key }) => key));
    for (const [i, claimant] of first.entries()) if (!ours[i]!) this.#foreign.set(claimant.node, claimant);
    return first.filter((_, i) => ours[i]!);
  }

  /** The nodes whose states another process is making. */
  get foreign(): readonly C[] {
    return [...this.#foreign.values()];
  }

  /** Of those, the ones whose lease has come free: they are ours now. */
  takeOver(): readonly C[] {
    if (this.#foreign.size === 0) return [];
    const waiting = this.foreign;
    const ours = this.#leases.acquire(waiting.map(({ key }) => key));
    const taken = waiting.filter((_, i) => ours[i]!);
    for (const { node } of taken) this.#foreign.delete(node);
    return taken;
  }

  /** The state is there, its lease given back by whoever made it; gives the twins that waited for it. */
  settle({ node, key }: Claimant): readonly number[] {
    this.#foreign.delete(node);
    const twins = this.#twins.get(key) ?? [];
    this.#twins.delete(key);
    return twins;
  }

  /** The state will not be made by this node; gives the twins that waited for it. */
  giveUp(claimant: Claimant): readonly number[] {
    // At once, not with the next group of records: the key may be claimed again before that.
    if (!this.#foreign.has(claimant.node)) this.#leases.release(claimant.key);
    return this.settle(claimant);
  }

  /** As `giveUp`, for one node among several: a twin only stops waiting, and the node that it waited for goes on. */
  withdraw(claimant: Claimant): void {
    const twins = this.#twins.get(claimant.key);
    const at = twins?.indexOf(claimant.node) ?? -1;
    if (at >= 0) twins!.splice(at, 1);
    else this.giveUp(claimant);
  }
}
