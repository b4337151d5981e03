/**
 * The resources of a run: CPU slots, memory, devices by name, named pools. Takes and releases them, and knows what
 * fits.
 */

import type { IdleSlots } from './idle-work.ts';

export interface Needs {
  readonly cpus: number;
  readonly memoryMiB: number;
  readonly gpus: number;
  readonly pools: Readonly<Record<string, number>>;
}

export interface Pools {
  readonly cpus: number;
  readonly memoryMiB: number;
  /** GPU slots by name, such as `gpu:0`. */
  readonly devices: readonly string[];
  readonly named: Readonly<Record<string, number>>;
}

/** The resources that a holder has taken. */
interface Taken {
  readonly needs: Needs;
  readonly devices: readonly string[];
}

export class FreePools {
  readonly #all: Pools;
  readonly #taken = new Map<number, Taken>();
  #cpus: number;
  #memoryMiB: number;
  readonly #devices: string[];
  #named: Map<string, number>;

  constructor(all: Pools) {
    this.#all = all;
    this.#cpus = all.cpus;
    this.#memoryMiB = all.memoryMiB;
    this.#devices = [...all.devices];
    this.#named = new Map(Object.entries(all.named));
  }

  /** False when every CPU slot is taken: nothing fits then, unless nothing runs at all. */
  get hasCpu(): boolean {
    return this.#cpus > 0 || this.#taken.size === 0;
  }

  get idle(): IdleSlots {
    return { cpus: this.#cpus, memoryMiB: this.#memoryMiB };
  }

  takesDevice({ gpus }: Needs): boolean {
    return gpus > 0 && this.#all.devices.length > 0;
  }

  /**
   * Here and below, a request for more than the total counts as the total: the node then runs alone.
   * @param beside needs that are still to fit after it
   */
  fits(asked: Needs, beside?: Needs): boolean {
    const needs = this.#within(asked);
    const rest = beside && this.#within(beside);
    return (
      needs.cpus + (rest?.cpus ?? 0) <= this.#cpus &&
      needs.memoryMiB + (rest?.memoryMiB ?? 0) <= this.#memoryMiB &&
      needs.gpus + (rest?.gpus ?? 0) <= this.#devices.length &&
      Object.entries(needs.pools).every(
        ([name, slots]) => slots + (rest?.pools[name] ?? 0) <= (this.#named.get(name) ?? 0),
      )
    );
  }

  /** How many more holders with these needs fit, one beside the other. */
  room(asked: Needs): number {
    const needs = this.#within(asked);
    const shares = [
      [needs.cpus, this.#cpus],
      [needs.memoryMiB, this.#memoryMiB],
      [needs.gpus, this.#devices.length],
      ...Object.entries(needs.pools).map(([name, slots]) => [slots, this.#named.get(name) ?? 0] as const),
    ] as const;
    return Math.min(...shares.map(([need, free]) => (need > 0 ? Math.floor(free / need) : Number.POSITIVE_INFINITY)));
  }

  /** Takes the holder's needs, which fit; returns the devices that are now its own. */
  take(holder: number, asked: Needs): readonly string[] {
    const needs = this.#within(asked);
    this.#cpus -= needs.cpus;
    this.#memoryMiB -= needs.memoryMiB;
    for (const [name, slots] of Object.entries(needs.pools)) this.#named.set(name, this.#named.get(name)! - slots);
    const devices = this.#devices.splice(0, needs.gpus);
    this.#taken.set(holder, { needs, devices });
    return devices;
  }

  hasDevices(holder: number): boolean {
    return (this.#taken.get(holder)?.devices.length ?? 0) > 0;
  }

  /** The CPUs and devices of a holder are another holder's from here on, who has none. */
  passOn(from: number, to: number): void {
    const giver = this.#taken.get(from)!;
    const taker = this.#taken.get(to)!;
    const { cpus, gpus } = giver.needs;
    this.#taken.set(to, { needs: { ...taker.needs, cpus, gpus }, devices: giver.devices });
    this.#taken.set(from, { needs: { ...giver.needs, cpus: 0, gpus: 0 }, devices: [] });
  }

  /** Releases everything that the holder has. */
  release(holder: number): void {
    const taken = this.#taken.get(holder);
    if (taken === undefined) return;
    this.#taken.delete(holder);
    const { needs, devices } = taken;
    this.#cpus += needs.cpus;
    this.#memoryMiB += needs.memoryMiB;
    for (const [name, slots] of Object.entries(needs.pools)) this.#named.set(name, this.#named.get(name)! + slots);
    this.#devices.push(...devices);
    this.#devices.sort();
    // Sums of fractions do not return exactly to their start: a node that needs everything would wait forever.
    if (this.#taken.size === 0) {
      this.#cpus = this.#all.cpus;
      this.#memoryMiB = this.#all.memoryMiB;
      this.#named = new Map(Object.entries(this.#all.named));
    }
  }

  #within({ cpus, memoryMiB, gpus, pools }: Needs): Needs {
    return {
      cpus: Math.min(cpus, this.#all.cpus),
      memoryMiB: Math.min(memoryMiB, this.#all.memoryMiB),
      gpus: Math.min(gpus, this.#all.devices.length),
      pools,
    };
  }
}
