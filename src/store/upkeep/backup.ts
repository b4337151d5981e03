/**
 * A backup of a cache, which may be in use: a directory that is a cache itself, as of one moment. The record is copied
 * first, and takes its name last, when every object that it names is on the disk: what has the name is complete.
 * Objects are never changed, so a backup that is repeated, or that broke off, copies what is not there yet. They are
 * copied and not linked: bytes that rot would rot in both.
 */
import { existsSync, mkdirSync, type ReadStream, readFileSync, renameSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Digest, isDigest } from '../../core/identity/digest.ts';
import { CacheError } from '../../errors.ts';
import { downloadPath } from '../coordination/downloads.ts';
import { asCacheError, DATABASE_FILE } from '../database/database.ts';
import { takeSnapshot } from '../database/snapshot.ts';
import { Database } from '../database/sqlite.ts';
import { copySalt } from '../files/salt.ts';
import { storageError } from '../files/storage-error.ts';
import { abandonedIn, discard, namesIn, replaceFile, temporaryPath } from '../files/temporary-files.ts';
import { ArrivingFile } from '../objects/arriving-file.ts';
import { ObjectStore, type StoredObject } from '../objects/object-store.ts';
import { syncPaths } from '../objects/sync-paths.ts';
import { checkEarlierBackup, checkPlace } from './backup-place.ts';

export interface BackupReport {
  readonly directory: string;
  /** In the record that was copied. */
  readonly runs: number;
  readonly states: number;
  /** Objects that were copied now, and those that an earlier backup had copied, with their bytes. */
  readonly copied: Copied;
  readonly kept: Copied;
  /** Remote files that were copied now. */
  readonly downloads: number;
  /** Objects that are on record, and neither in the cache any more nor in the backup. */
  readonly missing: number;
  /** Objects of the cache that do not hold what was stored: they are left out. */
  readonly damaged: readonly Digest[];
}

interface Copied {
  readonly objects: number;
  readonly bytes: number;
}

export interface BackupOptions {
  readonly signal?: AbortSignal;
  /** Called before each object that is copied. */
  readonly onProgress?: (progress: Copied & { readonly done: Copied }) => void;
}

const REMOTES_FILE = 'remotes.json';

/** So many objects that arrived, and no more, may be lost again when the machine fails. */
const BATCH = 500;

/** @param target an absolute path. @throws UsageError, CacheError, and the reason of the signal */
export async function backUp(cache: string, target: string, options: BackupOptions = {}): Promise<BackupReport> {
  checkPlace(target, cache);
  const snapshot = temporaryPath(join(target, DATABASE_FILE));
  try {
    if (!existsSync(target)) mkdirSync(target);
    for (const path of abandonedIn(target, Date.now())) discard(path);
    takeSnapshot(cache, snapshot, target);
    checkEarlierBackup(target, snapshot);
    const { runs, states, objects } = contentOf(snapshot);
    const since = recordedAt(target);
    const copied = await copyObjects({ cache, target, objects, since }, options);
    const downloads = await copyDownloads(cache, target, options.signal);
    if (existsSync(join(cache, REMOTES_FILE)))
      replaceFile(join(target, REMOTES_FILE), readFileSync(join(cache, REMOTES_FILE)), 'The list of remotes');
    copySalt(cache, target);
    // Again: copying may have taken hours.
    checkEarlierBackup(target, snapshot);
    await syncPaths([snapshot]);
    renameSync(snapshot, join(target, DATABASE_FILE));
    await syncPaths([target]);
    return { directory: target, runs, states, ...copied, downloads };
  } catch (error) {
    throw asCacheError(error, target);
  } finally {
    discard(snapshot);
  }
}

function contentOf(snapshot: string): { runs: number; states: number; objects: readonly StoredObject[] } {
  const db = new Database(snapshot, { readonly: true });
  try {
    const count = (table: 'run' | 'state'): number =>
      db.prepare<[], number>(`SELECT count(*) FROM ${table}`).pluck().get()!;
    const objects = db
      .prepare<[], StoredObject>(`SELECT lower(hex(digest)) AS digest, bytes FROM artifact WHERE place = 'object'`)
      .all();
    return { runs: count('run'), states: count('state'), objects };
  } finally {
    db.close();
  }
}

/**
 * When the record of an earlier backup took its name, in milliseconds since 1970: all that it names was on the disk by
 * then.
 */
function recordedAt(target: string): number {
  return statSync(join(target, DATABASE_FILE), { throwIfNoEntry: false })?.ctimeMs ?? Number.NEGATIVE_INFINITY;
}

interface Copying {
  readonly cache: string;
  readonly target: string;
  readonly objects: readonly StoredObject[];
  /** What came to the backup since then, one that broke off has brought: perhaps not to the disk. */
  readonly since: number;
}

async function copyObjects(
  { cache, target, objects, since }: Copying,
  { signal, onProgress }: BackupOptions,
): Promise<Pick<BackupReport, 'copied' | 'kept' | 'missing' | 'damaged'>> {
  const [from, to] = [new ObjectStore(cache), new ObjectStore(target)];
  const kept = objects.filter(({ digest, bytes }) => to.has(digest, bytes));
  const isKept = new Set(kept.map(({ digest }) => digest));
  const wanted = objects.filter(({ digest }) => !isKept.has(digest));
  const there = wanted.filter(({ digest }) => existsSync(from.path(digest)));
  const all = sumOf(there);
  const [copied, damaged]: [StoredObject[], StoredObject[]] = [[], []];
  const unsettled = kept.map(({ digest }) => digest).filter((digest) => statSync(to.path(digest)).ctimeMs >= since);
  let done = { objects: 0, bytes: 0 };
  for (const object of there) {
    signal?.throwIfAborted();
    onProgress?.({ ...all, done });
    const bytes = await opened(from.path(object.digest), cache);
    if (bytes !== undefined) {
      const isWhole = await to.receive(object, bytes).finally(() => bytes.destroy());
      (isWhole ? copied : damaged).push(object);
      if (isWhole) unsettled.push(object.digest);
    }
    if (unsettled.length >= BATCH) await to.sync(unsettled.splice(0));
    done = { objects: done.objects + 1, bytes: done.bytes + object.bytes };
  }
  await to.sync(unsettled);
  const missing = wanted.length - copied.length - damaged.length;
  return { copied: sumOf(copied), kept: sumOf(kept), missing, damaged: damaged.map(({ digest }) => digest) };
}

function sumOf(objects: readonly StoredObject[]): Copied {
  return { objects: objects.length, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) };
}

type Stream = AsyncIterable<Uint8Array> & Pick<ReadStream, 'destroy'>;

/** Undefined if it is gone: "restage gc" may evict meanwhile. @throws CacheError if this user may not read it */
async function opened(path: string, cache: string): Promise<Stream | undefined> {
  try {
    const file = await open(path);
    return file.createReadStream({ highWaterMark: 1 << 20 });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    if (code !== 'EACCES' && code !== 'EPERM') throw cause;
    const sentence = `The file ${path} of the cache ${cache} may not be read by this user; change its permissions.`;
    throw new CacheError(sentence, { cause });
  }
}

/**
 * Where a file comes from may be gone by the time that the backup is needed. One that is damaged is left out: it is
 * fetched again.
 */
async function copyDownloads(cache: string, target: string, signal: AbortSignal | undefined): Promise<number> {
  const made: string[] = [];
  const directory = join(target, 'downloads');
  for (const name of namesIn(join(cache, 'downloads'))) {
    if (!isDigest(name) || existsSync(downloadPath(target, name))) continue;
    signal?.throwIfAborted();
    try {
      const arriving = new ArrivingFile(directory, () => mkdirSync(directory, { recursive: true }));
      try {
        for await (const chunk of (await opened(downloadPath(cache, name), cache)) ?? []) arriving.write(chunk);
        if (arriving.finish() !== name) continue;
        renameSync(arriving.path, downloadPath(target, name));
        made.push(downloadPath(target, name));
      } finally {
        arriving.discard();
      }
    } catch (error) {
      throw storageError(error, 'A remote file', target);
    }
  }
  await syncPaths([...made, ...(made.length === 0 ? [] : [directory])]);
  return made.length;
}
