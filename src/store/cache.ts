/** A cache directory, opened: the database, the object store and everything that reads or writes them. */
import type { Artifact } from '../core/artifact/artifact.ts';
import { CacheError } from '../errors.ts';
import { asCacheError, openDatabase, openToRead, type SqliteDatabase } from './database/database.ts';
import { Leases } from './coordination/leases.ts';
import { Memos } from './memo/memos.ts';
import { Names } from './database/names.ts';
import { ObjectStore } from './objects/object-store.ts';
import { Recorder } from './record/recorder.ts';
import { States } from './query/states.ts';

export class Cache {
  readonly directory: string;
  readonly db: SqliteDatabase;
  readonly names: Names;
  readonly objects: ObjectStore;
  readonly states: States;
  readonly leases: Leases;
  readonly memos: Memos;
  readonly recorder: Recorder;

  /** @throws CacheError */
  static open(directory: string, now: () => number = Date.now): Cache {
    try {
      return new Cache(directory, openDatabase(directory), now);
    } catch (error) {
      throw asCacheError(error, directory);
    }
  }

  /**
   * For a look that changes nothing, not even the schema of an older restage's cache; undefined where there is none of this
   * schema.
   * @throws CacheError
   */
  static openToRead(directory: string): Cache | undefined {
    const db = openToRead(directory);
    return db && new Cache(directory, db, Date.now);
  }

  private constructor(directory: string, db: SqliteDatabase, now: () => number) {
    this.directory = directory;
    this.db = db;
    this.names = new Names(db);
    this.objects = new ObjectStore(directory);
    this.states = new States(db, this.names);
    this.leases = new Leases(db, now);
    this.memos = new Memos(db, now);
    this.recorder = new Recorder(db, this.names, this.objects, this.leases, now);
  }

  /** Whether every output of the state can be read: its objects are there, with the length that they should have. */
  isWhole(state: { readonly id: number; readonly objects: number }): boolean {
    if (state.objects === 0) return true;
    return this.states
      .outputs(state.id)
      .every((output) => output.inline !== null || this.objects.has(output.digest, output.bytes));
  }

  /** The latest run of this owner; undefined if it has none on record. */
  runOf(owner: string): number | undefined {
    const row = this.db
      .prepare<[string], { id: number | null }>('SELECT max(id) AS id FROM run WHERE owner = ?')
      .get(owner);
    return row?.id ?? undefined;
  }

  /** The bytes of an artifact; those of an object checked against their digest. @throws ArtifactCorruptError */
  read({ digest, bytes, inline }: Artifact): Uint8Array {
    return inline ?? this.objects.read(digest, bytes, { verify: true });
  }

  close(): void {
    try {
      this.db.close();
    } catch (error) {
      throw new CacheError(`The cache ${this.directory} could not be closed cleanly.`, { cause: error });
    }
  }
}
