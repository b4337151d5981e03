/**
 * A backup of a cache, which may be in use: a directory that is a cache itself, as of one moment. The record is copied first, and
 * takes its name last, when every object that it names is on the disk: what has the name is complete. Objects are never changed,
 * so a backup that is repeated, or that broke off, copies what is not there yet. They are copied and not linked: bytes that rot
 * would rot in both.
 */
import { accessSync, constants, createReadStream, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
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
  /** Objects that are on record, and no longer in the cache. */
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
    const copied = await copyObjects(new ObjectStore(cache), new ObjectStore(target), objects, cache, options);
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

async function copyObjects(
  from: ObjectStore,
  to: ObjectStore,
  objects: readonly StoredObject[],
  cache: string,
  { signal, onProgress }: BackupOptions,
): Promise<Pick<BackupReport, 'copied' | 'kept' | 'missing' | 'damaged'>> {
  const wanted = objects.filter(({ digest, bytes }) => !to.has(digest, bytes));
  const there = wanted.filter(({ digest }) => existsSync(from.path(digest)));
  const all = sumOf(there);
  const [copied, damaged]: [StoredObject[], Digest[]] = [[], []];
  let done = { objects: 0, bytes: 0 };
  for (const object of there) {
    signal?.throwIfAborted();
    onProgress?.({ ...all, done });
    const isWhole = await to.receive(object, readable(from.path(object.digest), cache));
    if (isWhole) copied.push(object);
    else damaged.push(object.digest);
    done = { objects: done.objects + 1, bytes: done.bytes + object.bytes };
  }
  await to.sync(copied.map(({ digest }) => digest));
  const kept = sumOf(objects);
  return {
    copied: sumOf(copied),
    kept: { objects: kept.objects - wanted.length, bytes: kept.bytes - sumOf(wanted).bytes },
    missing: wanted.length - there.length,
    damaged,
  };
}

function sumOf(objects: readonly StoredObject[]): Copied {
  return { objects: objects.length, bytes: objects.reduce((sum, { bytes }) => sum + bytes, 0) };
}

/** @throws CacheError if this user may not read it */
function readable(path: string, cache: string): AsyncIterable<Uint8Array> {
  try {
    accessSync(path, constants.R_OK);
  } catch (cause) {
    throw new CacheError(
      `The file ${path} of the cache ${cache} may not be read by this user; change its permissions.`,
      {
        cause,
      },
    );
  }
  return createReadStream(path, { highWaterMark: 1 << 20 });
}

/** Where a file comes from may be gone by the time that the backup is needed. One that is damaged is left out: it is fetched again. */
async function copyDownloads(cache: string, target: string, signal: AbortSignal | undefined): Promise<number> {
  const made: string[] = [];
  const directory = join(target, 'downloads');
  for (const name of namesIn(join(cache, 'downloads'))) {
    if (!isDigest(name) || existsSync(downloadPath(target, name))) continue;
    signal?.throwIfAborted();
    try {
      const arriving = new ArrivingFile(directory, () => mkdirSync(directory, { recursive: true }));
      try {
        for await (const chunk of readable(downloadPath(cache, name), cache)) arriving.write(chunk);
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
