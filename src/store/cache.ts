/** A cache directory, opened: objects, leases, memos, and the writers and readers of the record, by name. */
import type { Artifact } from '../core/artifact/artifact.ts';
import { CacheError } from '../errors.ts';
import { Leases } from './coordination/leases.ts';
import { asCacheError, openDatabase, openToRead, type SqliteDatabase } from './database/database.ts';
import { Names } from './database/names.ts';
import { Memos } from './memo/memos.ts';
import { ObjectStore } from './objects/object-store.ts';
import { Readers } from './query/readers.ts';
import { Writers } from './record/writers.ts';

export class Cache {
  readonly directory: string;
  readonly objects: ObjectStore;
  readonly leases: Leases;
  readonly memos: Memos;
  readonly record: Writers;
  readonly query: Readers;
  readonly #db: SqliteDatabase;

  /** @throws CacheError */
  static open(directory: string, now: () => number = Date.now): Cache {
    try {
      return new Cache(directory, openDatabase(directory), now);
    } catch (error) {
      throw asCacheError(error, directory);
    }
  }

  /**
   * For a look that changes nothing, not even the schema of an older restage's cache; undefined if the directory has no
   * cache of this schema.
   * @throws CacheError
   */
  static openToRead(directory: string): Cache | undefined {
    const db = openToRead(directory);
    return db && new Cache(directory, db, Date.now);
  }

  private constructor(directory: string, db: SqliteDatabase, now: () => number) {
    const names = new Names(db);
    this.directory = directory;
    this.#db = db;
    this.objects = new ObjectStore(directory);
    this.leases = new Leases(db, now);
    this.memos = new Memos(db, now);
    this.record = new Writers(db, names, this.objects, this.leases, now);
    this.query = new Readers(db, names);
  }

  /** Whether every output of the state can be read: its objects exist, with the length that they should have. */
  isComplete(state: { readonly id: number; readonly objects: number }): boolean {
    if (state.objects === 0) return true;
    return this.query.states
      .outputs(state.id)
      .every((output) => output.inline !== null || this.objects.has(output.digest, output.bytes));
  }

  /** The bytes of an artifact; those of an object are checked against their digest. @throws ArtifactCorruptError */
  read({ digest, bytes, inline }: Artifact): Uint8Array {
    return inline ?? this.objects.read(digest, bytes, { verify: true });
  }

  close(): void {
    try {
      this.#db.close();
    } catch (error) {
      throw new CacheError(`The cache ${this.directory} could not be closed cleanly.`, { cause: error });
    }
  }
}
