/**
 * States that a run made, as they travel: one part of the record for those that were made at about the same time, and
 * an entry for each. So a run costs as much as it has states, however long the chains of them are.
 */
import { type CacheKey, type Digest, sha256 } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';
import { cutPart } from '../../store/slice/cut-slice.ts';
import type { RecordSlice, SliceRow } from '../../store/slice/record-slice.ts';
import { sliceText } from '../../store/slice/record-slice.ts';
import type { SliceTable } from '../../store/slice/slice-tables.ts';
import type { StoredBytes, WrittenEntry } from '../entry.ts';
import { writeMadeEntry } from '../made-entry.ts';
import { requireReadable } from '../parcel.ts';

/** A state on record. */
export interface MadeState {
  readonly id: number;
  readonly key: CacheKey;
  readonly node: string;
}

export interface MadeParcel {
  readonly record: Buffer;
  readonly objects: readonly StoredBytes[];
  readonly entries: readonly { readonly key: CacheKey; readonly entry: WrittenEntry }[];
}

/** @param longest how long its record may be. @throws CacheError, RecordTooLongError */
export function madeParcel(
  { directory, objects: store }: Cache,
  states: readonly MadeState[],
  longest: number,
): MadeParcel {
  const slice = cutPart(
    directory,
    states.map(({ id }) => id),
  );
  const text = Buffer.from(sliceText(slice));
  const name = states.length === 1 ? states[0]!.node : `${states.length} states`;
  requireReadable(text, longest, name, 'the state stays here, and so does what is made of it');
  const record = { digest: sha256(text), bytes: text.length };
  const objects = objectsIn(slice, ({ digest, bytes }) => store.has(digest, bytes));
  const entries = states.map(({ id, key, node }) => {
    const own = [...objects].filter(([, { outputOf }]) => outputOf.size === 0 || outputOf.has(id));
    const entry = { id: key, node, schema: slice.schema, record, objects: own.map(([, { stored }]) => stored) };
    return { key, entry: writeMadeEntry(entry) };
  });
  return { record: text, objects: [...objects.values()].map(({ stored }) => stored), entries };
}

interface SliceObject {
  readonly stored: StoredBytes;
  /** The states that have it as an output; none of code. */
  readonly outputOf: Set<number>;
}

/** Outputs and code: what the states took as inputs came with others. */
function objectsIn(slice: RecordSlice, isHere: (object: StoredBytes) => boolean): ReadonlyMap<number, SliceObject> {
  const found = new Map<number, SliceObject>();
  const artifacts = new Map(
    rowsOf(slice, 'artifact', ['id', 'digest', 'bytes', 'place']).map(([id, digest, bytes, place]) => [
      id as number,
      place === 'object' ? { digest: (digest as Buffer).toString('hex') as Digest, bytes: bytes as number } : undefined,
    ]),
  );
  const add = (artifact: number, state?: number): void => {
    const stored = artifacts.get(artifact);
    if (stored === undefined || !isHere(stored)) return;
    const object = found.get(artifact) ?? { stored, outputOf: new Set() };
    if (state !== undefined) object.outputOf.add(state);
    found.set(artifact, object);
  };
  for (const [bundle] of rowsOf(slice, 'code', ['bundle'])) add(bundle as number);
  for (const [source] of rowsOf(slice, 'code_source', ['artifact'])) add(source as number);
  for (const table of ['state_output', 'state_trace'] as const)
    for (const [state, artifact] of rowsOf(slice, table, ['state', 'artifact']))
      add(artifact as number, state as number);
  return found;
}

function rowsOf({ tables }: RecordSlice, name: SliceTable, columns: readonly string[]): readonly SliceRow[] {
  const table = tables.find((each) => each.table === name)!;
  const places = columns.map((column) => table.columns.indexOf(column));
  return table.rows.map((row) => places.map((place) => row[place]!));
}
