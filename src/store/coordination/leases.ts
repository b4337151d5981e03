/**
 * Leases: who is making which state. A second process that wants the same state waits for it and shares it; the lease
 * of an owner that is gone is taken over, without anybody unlocking anything by hand.
 */
import type { CacheKey } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { lazily } from '../database/statements.ts';
import { isGone, type Liveness, liveness } from './owner.ts';
import { processOwner } from '../files/process-owner.ts';

interface Held {
  readonly owner: string;
  readonly heartbeat: number;
}

export interface LeaseOptions {
  /** Default: this process. */
  readonly owner?: string;
  /** How owners are looked for. */
  readonly livenessOf?: (owner: string) => Liveness;
}

/** Two caches opened in one process are two owners: what one of them is making, the other waits for. */
let opened = 0;

function newOwner(): string {
  opened += 1;
  return `${processOwner() ?? 'process://unknown'}/${opened}`;
}

export class Leases {
  readonly owner: string;
  readonly #now: () => number;
  readonly #livenessOf: (owner: string) => Liveness;
  readonly #sql;
  readonly #acquireAll;
  readonly #alone;

  constructor(db: SqliteDatabase, now: () => number, { owner = newOwner(), livenessOf = liveness }: LeaseOptions = {}) {
    this.owner = owner;
    this.#now = now;
    this.#livenessOf = livenessOf;
    this.#sql = lazily({
      select: () => db.prepare<[Buffer], Held>('SELECT owner, heartbeat FROM lease WHERE key = ?'),
      insert: () =>
        db.prepare<[Buffer, string, number]>(
          'INSERT INTO lease (key, owner, heartbeat) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        ),
      insertAll: () =>
        db
          .prepare<[string, number, string], CacheKey>(
            `INSERT INTO lease (key, owner, heartbeat) SELECT unhex(value), ?, ? FROM json_each(?) WHERE true
             ON CONFLICT DO NOTHING RETURNING lower(hex(key))`,
          )
          .pluck(),
      takeOver: () => db.prepare<[string, number, Buffer]>('UPDATE lease SET owner = ?, heartbeat = ? WHERE key = ?'),
      delete: () => db.prepare<[Buffer, string]>('DELETE FROM lease WHERE key = ? AND owner = ?'),
      deleteEach: () =>
        db.prepare<[string, string]>(
          'DELETE FROM lease WHERE owner = ? AND key IN (SELECT unhex(value) FROM json_each(?))',
        ),
      deleteAll: () => db.prepare<[string]>('DELETE FROM lease WHERE owner = ?'),
      owners: () =>
        db.prepare<[string], Held>(
          'SELECT owner, max(heartbeat) AS heartbeat FROM lease WHERE owner <> ? GROUP BY owner ORDER BY owner',
        ),
      touch: () => db.prepare<[number, string]>('UPDATE lease SET heartbeat = ? WHERE owner = ?'),
    });
    this.#alone = db.transaction((work: () => readonly string[]) => work());
    this.#acquireAll = db.transaction((keys: readonly CacheKey[]) => {
      const taken = new Set(this.#sql.insertAll.all(this.owner, this.#now(), JSON.stringify(keys)));
      if (taken.size === keys.length) return taken;
      const isOwnerGone = this.#askOnce();
      for (const key of keys) if (!taken.has(key) && this.#acquire(key, isOwnerGone)) taken.add(key);
      return taken;
    });
  }

  /** Takes the leases that are free or whose owner is gone; says for each key whether it is ours now. */
  acquire(keys: readonly CacheKey[]): readonly boolean[] {
    // One statement is a transaction by itself, and costs a third of one that is begun and ended.
    if (keys.length === 1 && this.#insert(keys[0]!)) return [true];
    if (keys.length === 0) return [];
    const taken = this.#acquireAll.immediate(keys);
    return keys.map((key) => taken.has(key));
  }

  /** As `acquire`, after a look without a lock: who polls for many leases must not keep their owner from writing. */
  acquireReleased(keys: readonly CacheKey[]): readonly boolean[] {
    const isOwnerGone = this.#askOnce();
    const isHeld = (key: CacheKey): boolean => {
      const held = this.#sql.select.get(blobOf(key));
      return held !== undefined && held.owner !== this.owner && !isOwnerGone(held);
    };
    const open = keys.filter((key) => !isHeld(key));
    const isOurs = this.acquire(open);
    const taken = new Set(open.filter((_, i) => isOurs[i]!));
    return keys.map((key) => taken.has(key));
  }

  /** Who holds the lease, alive or not; undefined if nobody does. */
  holder(key: CacheKey): string | undefined {
    return this.#sql.select.get(blobOf(key))?.owner;
  }

  /**
   * Takes the lease on `key`, unless another owner, who may be alive, holds the one on `against`: then returns that
   * one. What those hold who are gone is given back.
   */
  acquireAgainst(key: CacheKey, against: CacheKey): string | undefined {
    const [other] = this.#alone.immediate(() => {
      const held = this.#sql.select.get(blobOf(against));
      if (held !== undefined && held.owner !== this.owner && !this.#askOnce()(held)) return [held.owner];
      this.#insert(key);
      this.#othersAlive();
      return [];
    });
    return other;
  }

  /**
   * Takes the lease on `key`, unless other owners, who may be alive, hold any lease: then returns these. What those
   * hold who are gone is given back.
   */
  acquireAlone(key: CacheKey): readonly string[] {
    return this.#alone.immediate(() => {
      const alive = this.#othersAlive();
      if (alive.length === 0) this.#insert(key);
      return alive;
    });
  }

  /** The other owners who hold leases and may be alive. The leases of all others are free from now on. */
  #othersAlive(): readonly string[] {
    const isOwnerGone = this.#askOnce();
    const others = this.#sql.owners.all(this.owner);
    for (const held of others) if (isOwnerGone(held)) this.#sql.deleteAll.run(held.owner);
    return others.filter((held) => !isOwnerGone(held)).map(({ owner }) => owner);
  }

  /** Gives a lease back; one that is not ours is left alone. */
  release(key: CacheKey): void {
    this.#sql.delete.run(blobOf(key), this.owner);
  }

  /** The same for many at once. */
  releaseEach(keys: readonly CacheKey[]): void {
    this.#sql.deleteEach.run(this.owner, JSON.stringify(keys));
  }

  /** Gives all leases of this owner back: of states that were made, and could not be recorded, too. */
  releaseAll(): void {
    this.#sql.deleteAll.run(this.owner);
  }

  /** The statement that gives back those of our leases whose keys are in this list of rows, such as `(?), (?)`. */
  releasing(keys: string): string {
    return `DELETE FROM lease WHERE owner = '${this.owner.replaceAll("'", "''")}' AND key IN (VALUES ${keys})`;
  }

  /** Shows that this owner is alive. */
  heartbeat(): void {
    this.#sql.touch.run(this.#now(), this.owner);
  }

  /** False if somebody holds the lease. */
  #insert(key: CacheKey): boolean {
    return this.#sql.insert.run(blobOf(key), this.owner, this.#now()).changes > 0;
  }

  #acquire(key: CacheKey, isOwnerGone: (held: Held) => boolean): boolean {
    if (this.#insert(key)) return true;
    const bytes = blobOf(key);
    const held = this.#sql.select.get(bytes)!;
    if (held.owner === this.owner) return true;
    if (!isOwnerGone(held)) return false;
    this.#sql.takeOver.run(this.owner, this.#now(), bytes);
    return true;
  }

  /** Whether a lease's owner is gone; each owner is asked once for all of its leases. */
  #askOnce(): (held: Held) => boolean {
    const known = new Map<string, Liveness>();
    return ({ owner, heartbeat }) => {
      const now = known.get(owner) ?? this.#livenessOf(owner);
      known.set(owner, now);
      return isGone(owner, heartbeat, this.#now(), now);
    };
  }
}
