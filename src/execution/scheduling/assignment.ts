/** What the scheduler says about a node: that it starts, with its slots, or that it is held. */

export interface Assignment {
  readonly node: number;
  readonly devices: readonly string[];
  /** Further nodes that start on these devices, the best first. */
  readonly riders: readonly number[];
}

/** A node that could start, and for which a device is kept until others are there. */
export interface HeldNode {
  readonly node: number;
  /** For how many others it waits. */
  readonly more: number;
  /** Until when, at most: milliseconds since 1970. */
  readonly until: number;
}
