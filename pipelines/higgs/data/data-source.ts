/** What `-S data=...` means: how many simulated events, which file, or the published one. */
import type { RemoteFileOptions } from 'restage';
import type { DataOrigin } from './data-origin.ts';
import { SET_SIZES } from '../simulation/processes.ts';
import { setSizes } from '../simulation/lay-out.ts';

export type DataSource =
  { readonly simulatedEvents: number } | { readonly path: string } | { readonly remote: RemoteFileOptions };

/**
 * The challenge's data as CERN publishes them (record 328, CC0). Length and digest are of the decompressed CSV file.
 */
const OPEN_DATA: RemoteFileOptions = {
  url: 'https://opendata.cern.ch/record/328/files/atlas-higgs-challenge-2014-v2.csv.gz',
  encoding: 'gzip',
  bytes: 195_543_089,
  sha256: '948bc6a393495d7f807627e6f2ddc358e325d2db8e03644d98011c7dc640d135',
  otherwise:
    'download atlas-higgs-challenge-2014-v2.csv.gz yourself from CERN Open Data, record 328, and give its path with -S data=PATH',
};

/** The number of events of each complete set, which its weights represent. */
export interface WholeSets {
  readonly training: number;
  readonly public: number;
  readonly private: number;
}

const DEFAULT_EVENTS = 20_000;
export const MOST_EVENTS = SET_SIZES.t + SET_SIZES.b + SET_SIZES.v + SET_SIZES.u;

/**
 * `simulated`, `simulated:N`, `opendata` or a path (`./opendata` for a file of that name); undefined for `simulated:`
 * followed by anything but a number of events.
 */
export function dataSource(data: string): DataSource | undefined {
  if (data === 'simulated') return { simulatedEvents: DEFAULT_EVENTS };
  if (data === 'opendata') return { remote: OPEN_DATA };
  if (!data.startsWith('simulated:')) return { path: data };
  const count = data.slice('simulated:'.length);
  const events = Number(count);
  return /^[1-9]\d*$/.test(count) && events <= MOST_EVENTS ? { simulatedEvents: events } : undefined;
}

export function originOf(source: DataSource): DataOrigin {
  return 'simulatedEvents' in source ? 'simulated' : 'open-data';
}

/**
 * In a simulated file, the weights of the events in it add up to the official sums. In the open data, those of the
 * complete sets do, even if a file holds only a part of them.
 */
export function wholeSets(source: DataSource): WholeSets {
  if (!('simulatedEvents' in source)) return { training: SET_SIZES.t, public: SET_SIZES.b, private: SET_SIZES.v };
  const [t, b, v] = setSizes(source.simulatedEvents).map(({ size }) => size);
  return { training: t!, public: b!, private: v! };
}
