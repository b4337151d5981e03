/**
 * Opening `state.db`: pragmas, schema version, migrations, and sentences for what can go wrong with a cache directory.
 */
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { meaningOfCode } from '../../core/diagnostics/errno.ts';
import { CacheError } from '../../errors.ts';
import { isNetworkFileSystem } from '../files/file-system.ts';
import { makeDirectory } from '../files/make-directory.ts';
import { applyMigrations, MIGRATIONS } from './migrations.ts';
import { Database, type SqliteDatabase } from './sqlite.ts';

export type { SqliteDatabase } from './sqlite.ts';

export const DATABASE_FILE = 'state.db';

/** Marks the file as ours, in `PRAGMA application_id`: "rstg". */
const APPLICATION_ID = 0x72737467;
const BUSY_TIMEOUT_MS = 20_000;
const BUSY_PAUSE_MS = 10;

/**
 * Opens, and creates or migrates if need be, the database of a cache directory.
 * @throws CacheError if the directory cannot be written, or the file is another program's or a newer restage's
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
 * Opens the database as it is, for reading alone; undefined if it is missing, or has another schema than this
 * restage's.
 * @throws CacheError if the file is another program's or a newer restage's
 */
export function openToRead(directory: string): SqliteDatabase | undefined {
  if (!existsSync(join(directory, DATABASE_FILE))) return undefined;
  const db = openUnchanged(directory);
  if (version(db) === MIGRATIONS.length) return db;
  db.close();
  return undefined;
}

/**
 * Opens the database for reading alone, of whatever schema up to this restage's it is.
 * @throws CacheError if it is missing, another program's or a newer restage's
 */
export function openUnchanged(directory: string): SqliteDatabase {
  try {
    const path = join(directory, DATABASE_FILE);
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: BUSY_TIMEOUT_MS });
    try {
      checkOwner(db, directory);
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw asCacheError(error, directory);
  }
}

/** The bytes of an empty database of each schema: to apply all migrations takes ten times as long as to copy them. */
const empty = new Map<number, Buffer>();

/** A database of this schema that is nobody else's, and has no file. @throws CacheError if SQLite does not load */
export function newInMemory(schema: number): SqliteDatabase {
  const known = empty.get(schema);
  const db = inMemory(known ?? ':memory:');
  db.pragma('foreign_keys = ON');
  if (known !== undefined) return db;
  db.transaction(() => applyMigrations(db, 0, schema))();
  db.pragma(`application_id = ${APPLICATION_ID}`);
  empty.set(schema, db.serialize());
  return db;
}

function inMemory(content: string | Buffer): SqliteDatabase {
  try {
    return new Database(content);
  } catch (error) {
    throw asCacheError(error, ':memory:');
  }
}

/** The same for errors of the database alone: others may be about any file. */
export function asDatabaseError(error: unknown, directory: string): unknown {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return typeof code === 'string' && code.startsWith('SQLITE_') ? asCacheError(error, directory) : error;
}

/** A CacheError that says why the cache directory cannot be used and what helps; any other error as it is. */
export function asCacheError(error: unknown, directory: string): unknown {
  if (error instanceof CacheError || !(error instanceof Error)) return error;
  if (isUnloadable(error))
    return new CacheError(
      `better-sqlite3 cannot be loaded by Node ${process.version}, which is another one than it was built for; run: npm rebuild better-sqlite3 (${firstLine(error.message)})`,
      { cause: error },
    );
  const code = (error as { readonly code?: unknown }).code;
  const sentence = typeof code === 'string' ? sentenceFor(code, directory) : undefined;
  return sentence === undefined ? error : new CacheError(`${sentence} (${error.message})`, { cause: error });
}

/** The native module is missing, or was built for another Node or another machine. */
function isUnloadable(error: Error): boolean {
  const { code } = error as { readonly code?: unknown };
  return code === 'ERR_DLOPEN_FAILED' || /NODE_MODULE_VERSION|Could not locate the bindings file/.test(error.message);
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0]!;
}

function sentenceFor(code: string, directory: string): string | undefined {
  if (/^SQLITE_(CORRUPT|NOTADB)/.test(code))
    return `The database ${join(directory, DATABASE_FILE)} is damaged; if there is a backup (restage backup), look at that one with --cache DIR; otherwise move this file and its -wal and -shm files away together and run again, which begins a new record; the objects stay.`;
  if (/^SQLITE_BUSY/.test(code))
    return `Another process kept the database of ${directory} locked for ${BUSY_TIMEOUT_MS / 1000} s; look for one that hangs.`;
  if (/^SQLITE_IOERR/.test(code))
    return `The disk of ${directory} did not read or write what the database asked for; look at its space and its health, and run again.`;
  if (code === 'ENOENT' && !existsSync(directory))
    return `The cache directory ${directory} does not exist and cannot be made; check the path, or use another one with --cache DIR.`;
  const meaning = meaningOfCode(errnoOf(code));
  return (
    meaning &&
    `The cache directory ${directory} cannot be written: ${meaning.cause}; ${meaning.remedy}, or use another one with --cache DIR.`
  );
}

/** The code of the file system that is behind one of SQLite. */
function errnoOf(code: string): string {
  if (/^SQLITE_(READONLY|CANTOPEN|PERM)/.test(code)) return 'EACCES';
  return /^SQLITE_FULL/.test(code) ? 'ENOSPC' : code;
}

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
 * Changing the mode needs the file for oneself, and for that SQLite does not wait: of several processes that open a
 * fresh cache at once, all but one are told "busy" whatever the timeout. The one that got through changes it for all.
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
  const path = join(directory, DATABASE_FILE);
  const { known, owner, tables } = db.transaction(() => ownership(db))();
  if (known > MIGRATIONS.length)
    throw new CacheError(
      `The cache ${path} has schema ${known}, and this restage knows up to ${MIGRATIONS.length}; update restage, or use another cache with --cache DIR.`,
    );
  if (tables > 0 && owner !== APPLICATION_ID)
    throw new CacheError(`The file ${path} is not a cache of restage; use another directory with --cache DIR.`);
}

/** To be read in one transaction: between two of them another process may make the tables, and sign them. */
function ownership(db: SqliteDatabase): { readonly known: number; readonly owner: unknown; readonly tables: number } {
  return {
    known: version(db),
    owner: db.pragma('application_id', { simple: true }),
    tables: db.prepare<[], { n: number }>('SELECT count(*) AS n FROM sqlite_schema').get()!.n,
  };
}

/** The database's schema; 0 where it is empty. @throws CacheError if it is another program's or a newer restage's */
export function schemaOf(db: SqliteDatabase, directory: string): number {
  checkOwner(db, directory);
  return version(db);
}

function version(db: SqliteDatabase): number {
  return db.pragma('user_version', { simple: true }) as number;
}
