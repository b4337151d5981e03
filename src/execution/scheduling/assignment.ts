/** What the scheduler says about a node: that it starts, with its slots, or that it is held. */
import type { Gathered } from './arrivals.ts';

export interface Assignment {
  readonly node: number;
  readonly devices: readonly string[];
  /** Further nodes that start on these devices, the best first. */
  readonly riders: readonly number[];
}

/** A node that could start, and for which a device is kept until others are there. */
export interface HeldNode {
  /** The best of those that wait together. */
  readonly node: number;
  /** All of them at this moment. */
  readonly mates: Gathered['mates'];
  /** For how many others it waits. */
  readonly more: number;
  /** Until when, at most: milliseconds since 1970. */
  readonly until: number;
}
