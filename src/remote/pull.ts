/**
 * Pulls runs and states into a cache: the objects that it lacks first, each checked as it arrives, then the record.
 * What a remote says that is not so lands nowhere.
 */
import { type CacheKey, type Digest, sha256, short } from '../core/identity/digest.ts';
import { RemoteError, SliceError } from '../errors.ts';
import type { Cache } from '../store/cache.ts';
import { whileUsingBytes } from '../store/coordination/cache-use.ts';
import { MIGRATIONS } from '../store/database/migrations.ts';
import { type Conflict, mergeSlice } from '../store/slice/merge-slice.ts';
import { parseSlice } from '../store/slice/record-slice.ts';
import type { Entry, StoredBytes } from './entry.ts';
import { inLanes } from './places/lanes.ts';
import { type EntryId, objectKey } from './layout.ts';
import type { TransferOptions } from './push.ts';
import type { Remote } from './remote.ts';
import type { ListedEntry } from './select-entries.ts';

export interface Pulled {
  readonly kind: Entry['kind'];
  readonly id: EntryId;
  /** The number of the run in this cache; null of a state, and of what was not added. */
  readonly run: number | null;
  /**
   * What came of the record: `newer` has a schema that this restage does not know, `conflict` other bytes for a key.
   */
  readonly outcome: 'added' | 'there' | 'newer' | 'conflict';
  /** What was fetched. */
  readonly objects: number;
  readonly bytes: number;
  readonly states: number;
  readonly conflicts: readonly Conflict[];
}

/** In their order, which is that of the numbers that new runs get. @throws RemoteError, CacheError */
export async function pull(
  cache: Cache,
  remote: Remote,
  entries: readonly ListedEntry[],
  options: TransferOptions = {},
): Promise<readonly Pulled[]> {
  const pulled: Pulled[] = [];
  const pullAll = async (): Promise<void> => {
    for (const { entry } of entries) pulled.push(await pullOne(cache, remote, entry, options));
  };
  await whileUsingBytes(cache.leases, pullAll, options);
  return pulled;
}

async function pullOne(
  cache: Cache,
  remote: Remote,
  entry: Entry,
  { signal, onProgress }: TransferOptions,
): Promise<Pulled> {
  const { kind, id, schema, record, objects } = entry;
  const nothing = { kind, id, run: null, objects: 0, bytes: 0, states: 0, conflicts: [] };
  if (schema > MIGRATIONS.length) return { ...nothing, outcome: 'newer' };
  const wanted = objects.filter(({ digest, bytes }) => !cache.objects.has(digest, bytes));
  const isMerged = isHere(cache, entry) && cache.memos.get(mergedKey(record.digest)) !== undefined;
  if (wanted.length === 0 && isMerged) return { ...nothing, run: runHere(cache, entry), outcome: 'there' };
  const text = isMerged ? undefined : await remote.record(record, signal);
  const total = {
    name: kind === 'run' ? `run ${short(id)} of ${entry.pipeline}` : `the state ${short(id)}`,
    objects: wanted.length,
    bytes: wanted.reduce((sum, { bytes }) => sum + bytes, 0),
  };
  const done = { objects: 0, bytes: 0 };
  onProgress?.({ ...total, done });
  const fetch = async (object: StoredBytes, stopped: AbortSignal): Promise<void> => {
    if (!(await cache.objects.receive(object, remote.object(object, stopped))))
      throw remote.damaged(objectKey(object.digest));
    done.objects++;
    done.bytes += object.bytes;
    onProgress?.({ ...total, done });
  };
  await inLanes(wanted, remote.parallel, fetch, signal);
  await cache.objects.sync(wanted.map(({ digest }) => digest));
  cache.record.evictions.returned(wanted.map(({ digest }) => digest));
  if (text === undefined) return { ...nothing, ...done, run: runHere(cache, entry), outcome: 'there' };
  const { conflicts, rows, newStates } = merged(cache, remote, entry, text);
  if (conflicts.length > 0) return { ...nothing, ...done, conflicts, outcome: 'conflict' };
  cache.memos.set(mergedKey(record.digest), MERGED_MEMO, new Uint8Array());
  return {
    ...{ ...nothing, ...done, states: newStates },
    run: runHere(cache, entry),
    outcome: rows > 0 ? 'added' : 'there',
  };
}

/** The memo of a slice that was merged: without it, merging it again adds nothing and takes a moment. */
const MERGED_MEMO = 'merged';

function mergedKey(record: Digest): Digest {
  return sha256(`merged ${record}`);
}

/** What was merged once may have been removed since. */
function isHere(cache: Cache, entry: Entry): boolean {
  if (entry.kind === 'run') return runHere(cache, entry) !== null;
  return cache.query.states.byKey(entry.id as CacheKey) !== undefined;
}

function merged(cache: Cache, { address }: Remote, entry: Entry, text: string): ReturnType<typeof mergeSlice> {
  try {
    return mergeSlice(cache.directory, parseSlice(text, entry.schema), removedHere(cache, entry));
  } catch (error) {
    if (!(error instanceof SliceError)) throw error;
    throw new RemoteError('damaged', `${address} has a record that cannot be used: ${error.message}.`, {
      cause: error,
    });
  }
}

/** The number of the run here, if "restage rm" has removed it. */
function removedHere({ query: { runs } }: Cache, { kind, id, startedAt }: Entry): number | null {
  if (kind === 'state') return null;
  return runs.removedOf(startedAt).find((run) => runs.idInAllCaches(run) === id) ?? null;
}

function runHere({ query }: Cache, { kind, id, startedAt }: Entry): number | null {
  if (kind === 'state') return null;
  const began = { since: startedAt, until: startedAt };
  for (const run of query.runs.newestFirst(began)) if (query.runs.idInAllCaches(run.id) === id) return run.id;
  return null;
}
