/** Addresses in one memory, given out one after another. */

export interface Memory {
  /** The address of so many bytes, at a cache line's start. */
  readonly take: (bytes: number) => number;
}

/** The first 4 KiB are the compiled kernels'. */
export function allocator(): Memory {
  let top = 4096;
  return {
    take(bytes) {
      const address = top;
      top += toMultiple(bytes, 64);
      return address;
    },
  };
}

export function toMultiple(value: number, of: number): number {
  return Math.ceil(value / of) * of;
}
