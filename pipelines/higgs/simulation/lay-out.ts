/** Which events a simulated file holds, before any of them is drawn: their order, sets, processes, jets and weights. */
import type { Random } from 'restage';
import type { SETS } from '../data/columns.ts';
import { type Cell, cellsFor, OFFICIAL_SUMS, SET_SIZES } from './processes.ts';

/** One row of the file. */
export interface Place {
  readonly set: keyof typeof SETS;
  readonly cell: Cell;
  /** KaggleWeight: those of a set add up to the official sums, for signal and for background. */
  readonly weight: number;
}

/** The rows of a file of `events` events, set by set and shuffled within each set. */
export function* layOut(events: number, order: Random): Generator<Place, void, undefined> {
  for (const { set, size } of setSizes(events)) {
    const cells = order.shuffle([...cellsFor(size)]);
    const sums = { signal: 0, background: 0 };
    for (const { process, jets } of cells) sums[process.signal ? 'signal' : 'background'] += process.weight[jets]!;
    for (const cell of cells) {
      const kind = cell.process.signal ? 'signal' : 'background';
      yield { set, cell, weight: cell.process.weight[cell.jets]! * (OFFICIAL_SUMS[kind] / sums[kind]) };
    }
  }
}

/** How many of `events` simulated events fall into each KaggleSet. */
export function setSizes(events: number): readonly { readonly set: keyof typeof SETS; readonly size: number }[] {
  let left = events;
  return (['t', 'b', 'v', 'u'] as const).map((set) => {
    const size = set === 'u' ? left : Math.min(left, SET_SIZES[set]);
    left -= size;
    return { set, size };
  });
}
