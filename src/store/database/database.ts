/**
 * Opening `state.db`: pragmas, schema version, migrations, and sentences for what can go wrong with a cache directory.
 * better-sqlite3 is imported by src/store alone.
 */
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { CacheError } from '../../errors.ts';
import { isNetworkFileSystem } from '../files/file-system.ts';
import { applyMigrations, MIGRATIONS } from './migrations.ts';

export type SqliteDatabase = Database.Database;

export const DATABASE_FILE = 'state.db';

/** Marks the file as ours, in `PRAGMA application_id`: "rstg". */
const APPLICATION_ID = 0x72737467;
const BUSY_TIMEOUT_MS = 20_000;
const BUSY_PAUSE_MS = 10;

/**
 * Opens, and creates or migrates if need be, the database of a cache directory.
 * @throws CacheError if the directory can't be written, or the file is another program's or a newer restage's
 */
export function openDatabase(directory: string): SqliteDatabase {
  const path = join(directory, DATABASE_FILE);
  try {
    makeDirectory(directory);
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    const db = new Database(path, { timeout: BUSY_TIMEOUT_MS });
    try {
      prepare(db, directory);
    } catch (error) {
      db.close();
      throw error;
    }
    return db;
  } catch (error) {
    throw asCacheError(error, directory);
  }
}

/**
 * Opens the database as it is, for reading alone; undefined where there is none, or of another schema than this restage's.
 * @throws CacheError if the file is another program's or a newer restage's
 */
export function openToRead(directory: string): SqliteDatabase | undefined {
  const path = join(directory, DATABASE_FILE);
  if (!existsSync(path)) return undefined;
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true });
    try {
      if (schemaOf(db, directory) === MIGRATIONS.length) return db;
    } catch (error) {
      db.close();
      throw error;
    }
    db.close();
    return undefined;
  } catch (error) {
    throw asCacheError(error, directory);
  }
}

/**
 * As `mkdirSync` with `recursive`, one level after the other: where a file system has no room for new directories and says
 * so by ENOENT, as /proc does, Node's own tries for ever.
 */
function makeDirectory(directory: string): void {
  if (existsSync(directory) && statSync(directory).isDirectory()) return;
  const parent = dirname(directory);
  if (parent !== directory) makeDirectory(parent);
  try {
    mkdirSync(directory);
  } catch (error) {
    // Made by somebody else just now.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(directory).isDirectory()) throw error;
  }
}

/** Turns an error of the file system or of SQLite into one that says what to do; passes any other on. */
export function asCacheError(error: unknown, directory: string): unknown {
  if (error instanceof CacheError || !(error instanceof Error)) return error;
  const code = (error as { readonly code?: unknown }).code;
  const trouble = typeof code === 'string' ? TROUBLES.find(([pattern]) => pattern.test(code))?.[1] : undefined;
  if (trouble === undefined) return error;
  return new CacheError(`${trouble(directory)} (${error.message})`, { cause: error });
}

const TROUBLES: readonly (readonly [RegExp, (directory: string) => string])[] = [
  [
    /^(EACCES|EPERM|EROFS|ENOENT|SQLITE_READONLY|SQLITE_CANTOPEN|SQLITE_PERM)/,
    (directory) =>
      `The cache directory ${directory} cannot be written; give yourself the permission, or use another one with --cache DIR.`,
  ],
  [
    /^(ENOSPC|EDQUOT|SQLITE_FULL)/,
    (directory) => `There is no space left for the cache directory ${directory}; free some, or use --cache DIR.`,
  ],
  [
    /^(ENOTDIR|EEXIST)/,
    (directory) => `The cache directory ${directory} is not a directory; remove the file, or use --cache DIR.`,
  ],
  [
    /^SQLITE_(CORRUPT|NOTADB)/,
    (directory) =>
      `The database ${join(directory, DATABASE_FILE)} is damaged; move it and its -wal and -shm files away together and run again.`,
  ],
  [
    /^SQLITE_BUSY/,
    (directory) =>
      `Another process kept the database of ${directory} locked for ${BUSY_TIMEOUT_MS / 1000} s; look for one that hangs.`,
  ],
];

function prepare(db: SqliteDatabase, directory: string): void {
  const fresh = version(db) === 0;
  if (fresh) {
    // Only before the first table: later the page size is fixed.
    db.pragma('page_size = 4096');
  }
  checkOwner(db, directory);
  if (!isNetworkFileSystem(directory)) useWriteAheadLog(db);
  db.pragma('synchronous = NORMAL');
  // Digests are spread over all of their indexes: with SQLite's own 2 MB a large record is read again and again.
  db.pragma('cache_size = -16000');
  db.pragma('foreign_keys = ON');
  if (version(db) < MIGRATIONS.length) migrate(db, directory);
}

/**
 * Changing the mode needs the file for oneself, and for that SQLite does not wait: of several processes that open a fresh
 * cache at once, all but one are told "busy" whatever the timeout. The one that got through changes it for all.
 */
function useWriteAheadLog(db: SqliteDatabase): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (const deadline = Date.now() + BUSY_TIMEOUT_MS; ;) {
    try {
      if (db.pragma('journal_mode', { simple: true }) !== 'wal') db.pragma('journal_mode = WAL');
      return;
    } catch (error) {
      if ((error as { readonly code?: unknown }).code !== 'SQLITE_BUSY' || Date.now() > deadline) throw error;
      Atomics.wait(pause, 0, 0, BUSY_PAUSE_MS);
    }
  }
}

function migrate(db: SqliteDatabase, directory: string): void {
  db.transaction(() => {
    // Read again inside the lock: another process may have migrated meanwhile.
    applyMigrations(db, version(db), MIGRATIONS.length);
    db.pragma(`application_id = ${APPLICATION_ID}`);
    checkOwner(db, directory);
  }).immediate();
}

function checkOwner(db: SqliteDatabase, directory: string): void {
  const known = version(db);
  const path = join(directory, DATABASE_FILE);
  if (known > MIGRATIONS.length)
    throw new CacheError(
      `The cache ${path} has schema ${known}, and this restage knows up to ${MIGRATIONS.length}; update restage, or use another cache with --cache DIR.`,
    );
  const owner = db.pragma('application_id', { simple: true });
  const tables = db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()!.n;
  if (tables > 0 && owner !== APPLICATION_ID)
    throw new CacheError(`The file ${path} is no cache of restage; use another directory with --cache DIR.`);
}

/** The database's schema; 0 where it is empty. @throws CacheError if it is another program's or a newer restage's */
export function schemaOf(db: SqliteDatabase, directory: string): number {
  checkOwner(db, directory);
  return version(db);
}

function version(db: SqliteDatabase): number {
  return db.pragma('user_version', { simple: true }) as number;
}
