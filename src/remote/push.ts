/**
 * Pushes runs and states: their objects first, then the record, then the entry that names both. A push that broke off
 * goes on where it was, since what is there is not sent again; two pushers at once store the same blobs, and lose
 * nothing.
 */
import { createReadStream } from 'node:fs';
import type { Digest } from '../core/identity/digest.ts';
import { RecordTooLongError } from '../errors.ts';
import type { Cache } from '../store/cache.ts';
import { whileUsingBytes } from '../store/coordination/cache-use.ts';
import type { RunRecord } from '../store/query/runs.ts';
import type { StoredBytes } from './entry.ts';
import { inLanes } from './places/lanes.ts';
import type { EntryId } from './layout.ts';
import { type Parcel, parcelOf, requireIntact, type Subject } from './parcel.ts';
import type { BlobSource } from './places/contract.ts';
import type { Transferred } from './progress.ts';
import type { Remote } from './remote.ts';

export interface Pushed {
  /** How it is called here: `run:3`. */
  readonly name: string;
  /** The entry's key in the remote. */
  readonly entry: string;
  /** False if the same was there already. */
  readonly isNew: boolean;
  /** What was sent. */
  readonly objects: number;
  readonly bytes: number;
  /** Objects on record whose bytes are not in this cache: only their digests travel. */
  readonly missing: readonly Digest[];
}

export interface TransferOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: Transferred) => void;
}

export interface PushOptions extends TransferOptions {
  /** Called for what has too long a record, which stays here while the others go; without it, that is thrown. */
  readonly onTooLong?: (error: RecordTooLongError) => void;
}

/** @throws RemoteError, CacheError, UsageError for a run without an end */
export async function push(
  cache: Cache,
  remote: Remote,
  subjects: readonly Subject[],
  options: PushOptions = {},
): Promise<readonly Pushed[]> {
  return whileUsingBytes(cache.leases, () => pushAll(cache, remote, subjects, options), options);
}

async function pushAll(
  cache: Cache,
  remote: Remote,
  subjects: readonly Subject[],
  { signal, onProgress, onTooLong }: PushOptions,
): Promise<readonly Pushed[]> {
  const there = new Set<Digest>();
  const pushed: Pushed[] = [];
  for (const subject of subjects) {
    const parcel = parcelUnlessTooLong(cache, subject, remote.longestRecord, onTooLong);
    if (parcel === undefined) continue;
    const { name, record, entry, objects, missing } = parcel;
    const unknown = objects.filter(({ digest }) => !there.has(digest));
    for (const digest of await remote.objectsThere(unknown, signal)) there.add(digest);
    const wanted = unknown.filter(({ digest }) => !there.has(digest));
    const total = { name, objects: wanted.length, bytes: bytesOf(wanted) };
    const done = { objects: 0, bytes: 0 };
    onProgress?.({ ...total, done });
    const send = async (object: StoredBytes, stopped: AbortSignal): Promise<void> => {
      await requireIntact(cache, object);
      await remote.putObject(object, fileSource(cache.objects.path(object.digest), object.bytes), stopped);
      there.add(object.digest);
      done.objects++;
      done.bytes += object.bytes;
      onProgress?.({ ...total, done });
    };
    await inLanes(wanted, remote.parallel, send, signal);
    const isNew = await remote.putEntry(record, entry, signal);
    pushed.push({ name, entry: entry.key, isNew, ...done, missing: missing.map(({ digest }) => digest) });
  }
  return pushed;
}

function parcelUnlessTooLong(
  cache: Cache,
  subject: Subject,
  longest: number,
  onTooLong: PushOptions['onTooLong'],
): Parcel | undefined {
  try {
    return parcelOf(cache, subject, longest);
  } catch (error) {
    if (!(error instanceof RecordTooLongError) || onTooLong === undefined) throw error;
    onTooLong(error);
    return undefined;
  }
}

/** Those of the runs that have ended and of which the remote has no entry, oldest first. @throws RemoteError */
export async function notThere(
  { query }: Cache,
  remote: Remote,
  runs: Iterable<RunRecord>,
  signal?: AbortSignal,
): Promise<readonly RunRecord[]> {
  const there = new Set<EntryId>((await remote.entries(signal)).map(({ id }) => id));
  return [...runs]
    .filter(({ id, endedAt }) => endedAt !== null && !there.has(query.runs.idInAllCaches(id)))
    .sort((a, b) => a.id - b.id);
}

function bytesOf(objects: readonly StoredBytes[]): number {
  return objects.reduce((sum, { bytes }) => sum + bytes, 0);
}

export function fileSource(path: string, bytes: number): BlobSource {
  return { bytes, open: (from = 0) => createReadStream(path, { start: from }) as AsyncIterable<Uint8Array> };
}
