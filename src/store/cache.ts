/** A cache directory, opened: objects, leases, memos, and the writers and readers of the record, by name. */
import type { Artifact } from '../core/artifact/artifact.ts';
import { type Digest, sha256, short } from '../core/identity/digest.ts';
import { ArtifactCorruptError, ArtifactEvictedError, CacheError } from '../errors.ts';
import { Leases } from './coordination/leases.ts';
import { asCacheError, asDatabaseError, openDatabase, openToRead, type SqliteDatabase } from './database/database.ts';
import { openToLook } from './database/open-to-look.ts';
import { Names } from './database/names.ts';
import { Memos } from './memo/memos.ts';
import { INLINE_LIMIT, NEXT_RUN_MAKES_IT, ObjectStore } from './objects/object-store.ts';
import { Readers } from './query/readers.ts';
import { type Answer, ask } from './query/own-query.ts';
import { forgetInline } from './record/damage.ts';
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

  /** For a verb that only tells what is there: also where the directory cannot be written. @throws CacheError */
  static openToLook(directory: string): Cache {
    try {
      return new Cache(directory, openToLook(directory), Date.now);
    } catch (error) {
      throw asCacheError(error, directory);
    }
  }

  /** Does the work in the opened cache, closes it, and says what went wrong with its files. @throws CacheError */
  static async using<T>(cache: Cache, work: (cache: Cache) => T | Promise<T>): Promise<T> {
    try {
      return await work(cache);
    } catch (error) {
      throw asDatabaseError(error, cache.directory);
    } finally {
      cache.close();
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

  /** What is read from elsewhere as if it were a cache. @param name how it is called in sentences */
  static over(name: string, db: SqliteDatabase, objects: ObjectStore): Cache {
    return new Cache(name, db, Date.now, objects);
  }

  private constructor(directory: string, db: SqliteDatabase, now: () => number, objects = new ObjectStore(directory)) {
    const names = new Names(db);
    this.directory = directory;
    this.#db = db;
    this.objects = objects;
    this.leases = new Leases(db, now);
    this.memos = new Memos(db, now);
    this.record = new Writers(db, names, this.objects, this.leases, now);
    this.query = new Readers(db, names, (digest) => forgetInline(db, digest));
  }

  /**
   * Whether nothing of the state was lost: each object is there, with the length that it should have, or was evicted.
   * Then its digest says enough, until somebody needs the bytes.
   */
  isComplete(state: { readonly id: number; readonly objects: number }): boolean {
    if (state.objects === 0) return true;
    const outputs = this.query.states.outputs(state.id);
    return outputs.every((output) => this.#isThere(output)) || this.isEvicted(outputs);
  }

  /** Whether bytes of these are gone, and "restage gc" evicted all that are. */
  isEvicted(artifacts: readonly Artifact[]): boolean {
    const gone = artifacts.filter((artifact) => !this.#isThere(artifact));
    return gone.length > 0 && gone.every(({ digest }) => this.query.evictions.at(digest) !== undefined);
  }

  #isThere({ digest, bytes, inline }: Artifact): boolean {
    return inline !== null || this.objects.has(digest, bytes);
  }

  /**
   * The bytes of an artifact, checked against their digest. Damaged ones are removed, so that the next run makes them
   * again.
   * @throws ArtifactCorruptError
   */
  read({ digest, bytes, inline }: Artifact): Uint8Array {
    if (inline !== null) {
      if (sha256(inline) === digest) return inline;
      forgetInline(this.#db, digest);
      throw new ArtifactCorruptError(
        `The artifact ${short(digest)} in the database of ${this.directory} does not hold what was stored; run again, and it will be made again.`,
      );
    }
    try {
      return this.objects.read(digest, bytes, { verify: true });
    } catch (error) {
      if (!(error instanceof ArtifactCorruptError)) throw error;
      const wasDamaged = this.#removeIfPossible(digest);
      const evictedAt = wasDamaged ? undefined : this.query.evictions.at(digest);
      if (evictedAt !== undefined) throw this.#evicted(error, digest, evictedAt);
      throw bytes > INLINE_LIMIT ? this.#withOffer(error, digest) : error;
    }
  }

  /** A query of the user's own, over docs/record.md. From then on nothing can be written. @throws UsageError */
  ask(sql: string): Answer {
    return ask(this.#db, sql);
  }

  /** Of an output in the object store, names the command that makes it again though the project may have moved on. */
  #withOffer(error: ArtifactCorruptError, digest: Digest): ArtifactCorruptError {
    const [maker] = this.query.lineage.producers(digest, 1);
    if (maker === undefined) return error;
    const offer = `"restage verify ${short(maker.state)}" makes it again from the record, and so does a run that needs it`;
    return new ArtifactCorruptError(error.message.replace(NEXT_RUN_MAKES_IT, offer), { cause: error });
  }

  #evicted(cause: ArtifactCorruptError, digest: Digest, at: number): ArtifactEvictedError {
    const [maker] = this.query.lineage.producers(digest, 1);
    const command = maker === undefined ? 'a run that needs it' : `"restage verify ${short(maker.state)}"`;
    return new ArtifactEvictedError(
      `The bytes of the artifact ${short(digest)} were evicted on ${new Date(at).toISOString().slice(0, 10)} by "restage gc"; ${command} makes them again from the record.`,
      { cause },
    );
  }

  #removeIfPossible(digest: Digest): boolean {
    try {
      return this.objects.removeDamaged(digest);
    } catch (error) {
      // Where the cache cannot be written, whoever can write it finds the damage as well.
      if (!(error instanceof CacheError)) throw error;
      return false;
    }
  }

  close(): void {
    try {
      this.#db.close();
    } catch (error) {
      throw new CacheError(`The cache ${this.directory} could not be closed cleanly.`, { cause: error });
    }
  }
}
