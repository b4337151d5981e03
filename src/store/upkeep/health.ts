/** A quick look at a cache that changes nothing in it: is it there, whose is it, how large, and does it look whole? */
import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../core/identity/digest.ts';
import { asCacheError, DATABASE_FILE, type SqliteDatabase, schemaOf } from '../database/database.ts';
import { MIGRATIONS } from '../database/migrations.ts';
import { Database } from '../database/sqlite.ts';
import { ObjectStore } from '../objects/object-store.ts';

export interface CacheHealth {
  readonly schema: number;
  /** Up to which this restage knows. */
  readonly knownSchema: number;
  readonly journal: string;
  readonly databaseBytes: number;
  readonly runs: number;
  readonly states: number;
  readonly artifacts: number;
  /** Those of the artifacts that are files, and their size by the record. */
  readonly objects: number;
  readonly objectBytes: number;
  /** What SQLite's quick check says; null where it was left out, since the database is large. */
  readonly quickCheck: string | null;
  /** Objects that were looked for, and how many of them are missing or of another length. */
  readonly sampled: number;
  readonly missing: number;
}

/** A larger database takes longer to check than anybody waits for. */
const CHECKED_BYTES = 2 ** 30;
const SAMPLE = 200;
/** The first schema that knows of evicted bytes: a cache of an older restage is looked at as it is. */
const WITH_EVICTIONS = 13;

/** The version of SQLite itself. @throws whatever better-sqlite3 throws where it cannot be loaded */
export function sqliteVersion(): string {
  const db = new Database(':memory:');
  try {
    return db.prepare<[], { version: string }>('SELECT sqlite_version() AS version').get()!.version;
  } finally {
    db.close();
  }
}

/** Null where there is no cache. @throws CacheError where there is one that this restage cannot use */
export function cacheHealth(directory: string): CacheHealth | null {
  const path = join(directory, DATABASE_FILE);
  if (!existsSync(path)) return null;
  try {
    accessSync(directory, constants.R_OK | constants.W_OK | constants.X_OK);
    accessSync(path, constants.R_OK | constants.W_OK);
    const db = new Database(path, { readonly: true, fileMustExist: true });
    try {
      // Another program's file, or a newer restage's, has no tables to count.
      const schema = schemaOf(db, directory);
      return schema === 0 ? null : look(db, directory, schema, statSync(path).size);
    } finally {
      db.close();
    }
  } catch (error) {
    throw asCacheError(error, directory);
  }
}

function look(db: SqliteDatabase, directory: string, schema: number, databaseBytes: number): CacheHealth {
  const count = (table: string): number => db.prepare<[], { n: number }>(`SELECT count(*) AS n FROM ${table}`).get()!.n;
  const { objects, objectBytes } = db
    .prepare<[], { objects: number; objectBytes: number }>(
      "SELECT count(*) AS objects, coalesce(sum(bytes), 0) AS objectBytes FROM artifact WHERE place = 'object'",
    )
    .get()!;
  const store = new ObjectStore(directory);
  const sample = db
    .prepare<[number, number], { digest: Buffer; bytes: number }>(
      `SELECT digest, bytes FROM artifact WHERE place = 'object' AND id % ? = 0 ${schema < WITH_EVICTIONS ? '' : 'AND id NOT IN (SELECT artifact FROM eviction)'} LIMIT ?`,
    )
    .all(Math.max(1, Math.floor(count('artifact') / SAMPLE)), SAMPLE);
  return {
    schema,
    knownSchema: MIGRATIONS.length,
    journal: db.pragma('journal_mode', { simple: true }) as string,
    databaseBytes,
    runs: count('run'),
    states: count('state'),
    artifacts: count('artifact'),
    objects,
    objectBytes,
    quickCheck: databaseBytes > CHECKED_BYTES ? null : (db.pragma('quick_check(1)', { simple: true }) as string),
    sampled: sample.length,
    missing: sample.filter(({ digest, bytes }) => !store.has(digest.toString('hex') as Digest, bytes)).length,
  };
}
