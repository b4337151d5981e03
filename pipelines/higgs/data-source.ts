/** What `-S data=...` means: how many simulated events, or which file. */
import type { DataOrigin } from './data-origin.ts';
import { SET_SIZES } from './simulation/processes.ts';
import { setSizes } from './simulation/simulate.ts';

export type DataSource = { readonly simulatedEvents: number } | { readonly path: string };

/** How many events each of the sets has when it is whole, which is what its weights stand for. */
export interface WholeSets {
  readonly training: number;
  readonly public: number;
  readonly private: number;
}

const DEFAULT_EVENTS = 20_000;
export const MOST_EVENTS = SET_SIZES.t + SET_SIZES.b + SET_SIZES.v + SET_SIZES.u;

/** `simulated`, `simulated:N` or a path; undefined for `simulated:` with something that is no number of events. */
export function dataSource(data: string): DataSource | undefined {
  if (data === 'simulated') return { simulatedEvents: DEFAULT_EVENTS };
  if (!data.startsWith('simulated:')) return { path: data };
  const count = data.slice('simulated:'.length);
  const events = Number(count);
  return /^[1-9]\d*$/.test(count) && events <= MOST_EVENTS ? { simulatedEvents: events } : undefined;
}

export function originOf(source: DataSource): DataOrigin {
  return 'path' in source ? 'open-data' : 'simulated';
}

/**
 * The weights in a simulated file add up to the official sums in the events that there are. Those of the open data do so
 * in its whole sets, also where a file holds a part of them.
 */
export function wholeSets(source: DataSource): WholeSets {
  if ('path' in source) return { training: SET_SIZES.t, public: SET_SIZES.b, private: SET_SIZES.v };
  const [t, b, v] = setSizes(source.simulatedEvents).map(({ size }) => size);
  return { training: t!, public: b!, private: v! };
}
