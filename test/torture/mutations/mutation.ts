/** One change of the world, and what it may do to the results. */
import type { Circumstances, World } from './world.ts';

export interface Mutation extends Circumstances {
  readonly what: string;
  /**
   * `real`: results change, so something has to run. `neutral`: nothing may run. `free`: something may run or not, and
   * only the results are judged.
   */
  readonly kind: 'real' | 'neutral' | 'free';
  readonly change?: (world: World) => unknown;
  /**
   * It changes what Node has loaded and will not load again, such as a package: its runs need processes of their own.
   */
  readonly anew?: true;
}

type Change = (world: World) => unknown;

export const real = (what: string, change: Change): Mutation => ({ what, kind: 'real', change });
export const neutral = (what: string, change: Change): Mutation => ({ what, kind: 'neutral', change });
export const free = (what: string, change: Change): Mutation => ({ what, kind: 'free', change });

/** The same, for what Node loads once. */
export const anew = (mutation: Mutation): Mutation => ({ ...mutation, anew: true });

/** Replaces text of a file. */
export const edit =
  (file: string, from: string, to: string): Change =>
  (world) =>
    world.edit(file, from, to);
