/** Writing pins: runs and states whose bytes "restage gc" never evicts. */
import type { Statement } from 'better-sqlite3';
import type { SqliteDatabase } from '../database/database.ts';
import { lazily } from '../database/statements.ts';
import type { RunOrStateId } from './tag-tables.ts';

type PinTable = 'run_pin' | 'state_pin';

export class PinWriter {
  readonly #now: () => number;
  readonly #inserts: Readonly<Record<PinTable, Statement<[number, number, string]>>>;
  readonly #deletes: Readonly<Record<PinTable, Statement<[number]>>>;

  constructor(db: SqliteDatabase, now: () => number) {
    this.#now = now;
    const insert = (table: PinTable, column: string): Statement<[number, number, string]> =>
      db.prepare(
        `INSERT INTO ${table} (${column}, at, note) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET note = excluded.note`,
      );
    const remove = (table: PinTable, column: string): Statement<[number]> =>
      db.prepare(`DELETE FROM ${table} WHERE ${column} = ?`);
    this.#inserts = lazily({ run_pin: () => insert('run_pin', 'run'), state_pin: () => insert('state_pin', 'state') });
    this.#deletes = lazily({ run_pin: () => remove('run_pin', 'run'), state_pin: () => remove('state_pin', 'state') });
  }

  /** At once. The note of a pin that is there is replaced. */
  add(target: RunOrStateId, note: string): void {
    const { table, id } = placeOf(target);
    this.#inserts[table].run(id, this.#now(), note);
  }

  /** At once; false if there was none. */
  remove(target: RunOrStateId): boolean {
    const { table, id } = placeOf(target);
    return this.#deletes[table].run(id).changes > 0;
  }
}

function placeOf(target: RunOrStateId): { readonly table: PinTable; readonly id: number } {
  return 'run' in target ? { table: 'run_pin', id: target.run } : { table: 'state_pin', id: target.state };
}
