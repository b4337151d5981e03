/**
 * Group commit: facts are queued and written in groups (of 50 ms, or 1024), each in one transaction, after the objects
 * that they speak of have been brought to disk. Facts are written in the order of queueing, always. What is to be
 * reported about them waits in the same queue, until they are on record.
 */
import type { Digest } from '../../core/identity/digest.ts';
import type { SqliteDatabase } from '../database/database.ts';
import type { ObjectStore } from '../objects/object-store.ts';
import { type Cell, RowBuffer } from './row-buffer.ts';

// Short stages come faster than pages are written: what bounds the loss is the time, this only bounds the memory.
const GROUP_RECORDS = 1024;
const GROUP_MS = 50;

/** `isNews`: it is done after the transaction, and not in it. */
interface Entry {
  readonly work: () => void;
  readonly isNews: boolean;
}

export class GroupCommit {
  readonly #db: SqliteDatabase;
  readonly #transaction;
  readonly #objects: ObjectStore;
  readonly #onRollback: (() => void)[] = [];
  /** In the order in which their tables refer to each other. */
  readonly #rows: { write(): void }[] = [];
  #queue: Entry[] = [];
  #unsynced = new Set<Digest>();
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> = Promise.resolve();
  /** True while a group waits for its objects: later facts must not overtake it. */
  #waiting = false;
  /** True while news is told: later news must not overtake it. */
  #telling = false;
  #failure: unknown;

  constructor(db: SqliteDatabase, objects: ObjectStore) {
    // Made once: better-sqlite3 takes longer to make one than to run a short one.
    this.#transaction = db.transaction((work: () => unknown) => {
      const result = work();
      this.writeRows();
      return result;
    });
    this.#db = db;
    this.#objects = objects;
  }

  /**
   * Rows of a table, written many a statement at the end of each transaction: before those of every buffer that is made
   * later. `sql` as in RowBuffer.
   */
  rows<Row extends readonly Cell[]>(columns: Row['length'], sql: (values: string) => string): RowBuffer<Row> {
    // Of two tables, the one that is referred to, which is earlier, may have rows that wait when the other one is full.
    const end = this.#rows.length + 1;
    const rows = new RowBuffer<Row>(this.#db, columns, sql, () => this.writeRows(end));
    this.#rows.push(rows);
    this.onRollback(() => rows.clear());
    return rows;
  }

  /** Writes the rows that wait, of the first so many tables, for a statement that reads them inside the transaction. */
  writeRows(end = this.#rows.length): void {
    for (const rows of this.#rows.slice(0, end)) rows.write();
  }

  /** Calls `forget` after a rollback: ids from inside the transaction are void. */
  onRollback(forget: () => void): void {
    this.#onRollback.push(forget);
  }

  /** These objects are to be on disk before the next group is written. */
  require(digest: Digest): void {
    this.#unsynced.add(digest);
  }

  /** Queues a fact: a function that writes rows, called inside a transaction. */
  add(fact: () => void): void {
    this.#enqueue({ work: fact, isNews: false });
  }

  /**
   * Calls `tell` when all facts that are queued by now are on record: at once, if none is. It is never called if one of
   * them cannot be recorded. `tell` must not throw.
   */
  afterwards(tell: () => void): void {
    if (this.#queue.length === 0 && !this.#waiting && !this.#telling && this.#failure === undefined) tell();
    else this.#enqueue({ work: tell, isNews: true });
  }

  #enqueue(entry: Entry): void {
    if (this.#failure !== undefined) return;
    this.#queue.push(entry);
    if (this.#queue.length >= GROUP_RECORDS && this.#unsynced.size === 0 && !this.#waiting && !this.#telling) {
      // Nothing to wait for: commit without a turn of the event loop.
      this.#attempt(() => this.#write(this.#takeQueue()));
      return;
    }
    this.#timer ??= setTimeout(() => {
      this.flush().catch(() => {
        // Kept in #failure, and thrown to whoever checks or flushes next.
      });
    }, GROUP_MS);
  }

  /** Does `work` in a transaction of its own, at once. */
  transact<T>(work: () => T): T {
    try {
      return this.#transaction.immediate(work) as T;
    } catch (error) {
      for (const forget of this.#onRollback) forget();
      throw error;
    }
  }

  /** @throws what made an earlier group fail: nothing is recorded after that */
  check(): void {
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  /** Writes whatever is queued. @throws what made this or an earlier group fail */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#flushing = this.#flushing.then(() => this.#writeAll());
    await this.#flushing;
    this.check();
  }

  async #writeAll(): Promise<void> {
    this.#waiting = true;
    try {
      while (this.#queue.length > 0 && this.#failure === undefined) {
        const entries = this.#takeQueue();
        const digests = [...this.#unsynced];
        this.#unsynced = new Set();
        if (digests.length > 0) await this.#objects.sync(digests);
        this.#write(entries);
      }
    } catch (error) {
      this.#failure ??= error;
    } finally {
      this.#waiting = false;
    }
  }

  #attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.#failure ??= error;
    }
  }

  #takeQueue(): readonly Entry[] {
    const entries = this.#queue;
    this.#queue = [];
    return entries;
  }

  #write(entries: readonly Entry[]): void {
    if (entries.some(({ isNews }) => !isNews))
      this.transact(() => {
        for (const { work, isNews } of entries) if (!isNews) work();
      });
    this.#telling = true;
    try {
      for (const { work, isNews } of entries) if (isNews) work();
    } finally {
      this.#telling = false;
    }
  }
}
