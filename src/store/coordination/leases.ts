/**
 * Leases: which process is making which state. A second process that wants the same state waits for it and shares it;
 * a dead owner's lease is taken over, without anybody unlocking anything by hand.
 */
import type { CacheKey } from '../../core/identity/digest.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { lazily } from '../database/statements.ts';
import { isGone, type Liveness, liveness, processIdentity } from './owner.ts';

interface Held {
  readonly owner: string;
  readonly heartbeat: number;
}

/** Two caches opened in one process are two owners: what one of them is making, the other has to wait for. */
let opened = 0;

function newOwner(): string {
  opened += 1;
  return `${processIdentity() ?? 'unknown'}/${opened}`;
}

export class Leases {
  readonly #owner: string;
  readonly #now: () => number;
  readonly #sql;
  readonly #acquireAll;

  constructor(db: SqliteDatabase, now: () => number, owner = newOwner()) {
    this.#owner = owner;
    this.#now = now;
    this.#sql = lazily({
      select: () => db.prepare<[Buffer], Held>('SELECT owner, heartbeat FROM lease WHERE key = ?'),
      insert: () =>
        db.prepare<[Buffer, string, number]>(
          'INSERT INTO lease (key, owner, heartbeat) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        ),
      takeOver: () => db.prepare<[string, number, Buffer]>('UPDATE lease SET owner = ?, heartbeat = ? WHERE key = ?'),
      delete: () => db.prepare<[Buffer, string]>('DELETE FROM lease WHERE key = ? AND owner = ?'),
      touch: () => db.prepare<[number, string]>('UPDATE lease SET heartbeat = ? WHERE owner = ?'),
    });
    this.#acquireAll = db.transaction((keys: readonly CacheKey[]) => {
      const isGone = this.#askOnce();
      return keys.filter((key) => this.#acquire(key, isGone));
    });
  }

  get owner(): string {
    return this.#owner;
  }

  /** Takes the leases that are free or whose owner is dead; says for each key whether it is ours now. */
  acquire(keys: readonly CacheKey[]): readonly boolean[] {
    // Looked at first without a lock: who polls for many leases must not keep their owner from writing.
    const isGone = this.#askOnce();
    const isHeld = (key: CacheKey): boolean => {
      const held = this.#sql.select.get(Buffer.from(key, 'hex'));
      return held !== undefined && held.owner !== this.#owner && !isGone(held);
    };
    const open = keys.filter((key) => !isHeld(key));
    if (open.length === 0) return keys.map(() => false);
    const taken = new Set(this.#acquireAll.immediate(open));
    return keys.map((key) => taken.has(key));
  }

  /** Gives leases back; ones that are not ours are left alone. */
  release(key: CacheKey): void {
    this.#sql.delete.run(Buffer.from(key, 'hex'), this.#owner);
  }

  heartbeat(): void {
    this.#sql.touch.run(this.#now(), this.#owner);
  }

  #acquire(key: CacheKey, isGone: (held: Held) => boolean): boolean {
    const bytes = Buffer.from(key, 'hex');
    if (this.#sql.insert.run(bytes, this.#owner, this.#now()).changes > 0) return true;
    const held = this.#sql.select.get(bytes)!;
    if (held.owner === this.#owner) return true;
    if (!isGone(held)) return false;
    this.#sql.takeOver.run(this.#owner, this.#now(), bytes);
    return true;
  }

  /** Whether a lease's owner is gone; each owner is asked once for all of its leases. */
  #askOnce(): (held: Held) => boolean {
    const known = new Map<string, Liveness>();
    return ({ owner, heartbeat }) => {
      const now = known.get(owner) ?? liveness(owner);
      known.set(owner, now);
      return isGone(owner, heartbeat, this.#now(), now);
    };
  }
}
