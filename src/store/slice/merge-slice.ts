/**
 * Adds a slice of another cache's record to this one. Rows are inserted and never changed: what is on record here
 * stays. A row is known again by what it says, since its id is another one in each cache, so that a slice which is
 * merged twice adds nothing the second time.
 */
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import { openDatabase, type SqliteDatabase } from '../database/database.ts';
import { loadSlice } from './load-slice.ts';
import type { RecordSlice } from './record-slice.ts';
import { RowMap, type RowsOf, rowsIn } from './row-map.ts';
import { BELONGING, type SliceTable, TABLES } from './slice-tables.ts';

/**
 * A state that two caches have with other bytes: its stage does not give the same each time, or one of them is wrong.
 */
export interface Conflict {
  readonly state: CacheKey;
  readonly stage: string;
  readonly output: string;
  readonly here: Digest;
  readonly there: Digest;
}

export interface Merged {
  /** With any, nothing was added. */
  readonly conflicts: readonly Conflict[];
  /** The number of each run of the slice here, by its number in the slice. */
  readonly runs: ReadonlyMap<number, number>;
  /** How many rows were added, in all tables. */
  readonly rows: number;
  readonly newStates: number;
  readonly newRuns: number;
}

/**
 * Adds the slice to the record of a cache directory, in one transaction. Objects that it names must be there already.
 * @param returning a run that was removed here and comes back with the slice
 * @throws SliceError if something is wrong with the slice; CacheError if the cache cannot be written
 */
export function mergeSlice(directory: string, slice: RecordSlice, returning: number | null = null): Merged {
  const from = loadSlice(slice);
  try {
    const into = openDatabase(directory);
    try {
      return into
        .transaction(() => addRows({ rowsOf: rowsIn(from), states: statesIn(from), returning }, into))
        .immediate();
    } finally {
      into.close();
    }
  } finally {
    from.close();
  }
}

/** Tables whose rows have ids, each after those that its rows refer to. */
const WITH_IDS: readonly SliceTable[] = [
  ...(['name', 'artifact', 'environment', 'code', 'field_value', 'run', 'attempt', 'state'] as const),
  ...(['equivalence', 'equivalence_check', 'verification', 'effect_table'] as const),
];

/** What only a run says, besides attempts; rows that refer to others come before these. */
const OF_RUNS = [
  'visit_reason',
  'visit',
  'run_result',
  'run_phase',
  'run_origin',
] as const satisfies readonly SliceTable[];

/** What belongs to such a row is complete with it, so it is not added to one that was there. */
const COMPLETE: ReadonlySet<SliceTable> = new Set(['state', 'code_source']);

/** Rows that are to be added, with what they give as outputs. */
export interface Incoming {
  readonly rowsOf: RowsOf;
  readonly states: readonly IncomingState[];
  /** By its id there, the id here of a state that is not among the rows. */
  readonly outside?: ReadonlyMap<number, number>;
  /** The number here of a run that was removed and comes back. */
  readonly returning?: number | null;
}

export interface IncomingState {
  readonly key: Buffer;
  readonly stage: string;
  readonly outputs: readonly { readonly output: string; readonly digest: Digest }[];
}

/** Inside a transaction. */
export function addRows({ rowsOf, states, outside, returning = null }: Incoming, into: SqliteDatabase): Merged {
  const conflicts = conflictsOf(states, into);
  if (conflicts.length > 0) return { conflicts, runs: new Map(), rows: 0, newStates: 0, newRuns: 0 };
  const rows = new RowMap(rowsOf, into, outside);
  for (const table of WITH_IDS) rows.match(table);
  for (const table of TABLES) {
    if (WITH_IDS.includes(table)) continue;
    const owner = BELONGING.find(([child]) => child === table);
    const isComplete = owner !== undefined && (COMPLETE.has(owner[2]) || COMPLETE.has(table));
    rows.insert(table, isComplete ? { column: owner[1], owner: owner[2] } : undefined);
  }
  into.prepare<[number | null]>('DELETE FROM run_removal WHERE run = ?').run(returning);
  // What comes with states of a run that stays removed would be a part of what it said.
  const runs = JSON.stringify([...rows.idsOf('run').values()]);
  for (const table of OF_RUNS)
    into
      .prepare<[string]>(
        `DELETE FROM ${table} WHERE run IN (SELECT x.run FROM run_removal x JOIN json_each(?) j ON j.value = x.run)`,
      )
      .run(runs);
  return {
    conflicts,
    runs: rows.idsOf('run'),
    rows: rows.inserted,
    newStates: rows.newIn('state'),
    newRuns: rows.newIn('run'),
  };
}

/** Outputs by key, as both have them. */
const OUTPUTS = `SELECT n.text AS output, lower(hex(a.digest)) AS digest FROM state s JOIN state_output o ON o.state = s.id
  JOIN name n ON n.id = o.name JOIN artifact a ON a.id = o.artifact WHERE s.key = ?`;

const STATES = 'SELECT s.key, n.text AS stage FROM state s JOIN name n ON n.id = s.stage';

/** Of all states, or of those with these keys. */
export function statesIn(db: SqliteDatabase, keys?: readonly Buffer[]): readonly IncomingState[] {
  const outputsOf = db.prepare<[Buffer], { output: string; digest: Digest }>(OUTPUTS);
  const one = db.prepare<[Buffer], { key: Buffer; stage: string }>(`${STATES} WHERE s.key = ?`);
  const all = db.prepare<[], { key: Buffer; stage: string }>(`${STATES} ORDER BY s.id`);
  const states = keys?.map((key) => one.get(key)!) ?? all.all();
  return states.map(({ key, stage }) => ({ key, stage, outputs: outputsOf.all(key) }));
}

function conflictsOf(states: readonly IncomingState[], into: SqliteDatabase): readonly Conflict[] {
  const known = into.prepare<[Buffer], { output: string; digest: Digest }>(OUTPUTS);
  return states.flatMap(({ key, stage, outputs }) => {
    const here = new Map(known.all(key).map(({ output, digest }) => [output, digest]));
    if (here.size === 0) return [];
    return outputs.flatMap(({ output, digest: there }): readonly Conflict[] => {
      const digest = here.get(output);
      if (digest === undefined || digest === there) return [];
      return [{ state: key.toString('hex') as CacheKey, stage, output, here: digest, there }];
    });
  });
}
