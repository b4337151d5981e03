/** Writing tags: names for runs and states, for finding them again. They never enter a key. */
import type { Statement } from 'better-sqlite3';
import type { SqliteDatabase } from '../database/database.ts';
import type { Names } from '../database/names.ts';
import { lazily } from '../database/statements.ts';
import type { GroupCommit } from './group-commit.ts';
import { rowOf, type TagTable, type RunOrStateId } from './tag-tables.ts';

export class TagWriter {
  readonly #commit: GroupCommit;
  readonly #names: Names;
  readonly #now: () => number;
  readonly #inserts: Readonly<Record<TagTable, Statement<[number, number, number]>>>;
  readonly #give;
  readonly #deletes: Readonly<Record<TagTable, Statement<[number, number]>>>;

  constructor(db: SqliteDatabase, commit: GroupCommit, names: Names, now: () => number) {
    this.#commit = commit;
    this.#names = names;
    this.#now = now;
    const insert = (columns: string, values: string): Statement<[number, number, number]> =>
      db.prepare(`INSERT INTO ${columns} VALUES ${values} ON CONFLICT DO NOTHING`);
    const remove = (table: TagTable, column: string): Statement<[number, number]> =>
      db.prepare(`DELETE FROM ${table} WHERE ${column} = ? AND tag = ?`);
    this.#inserts = lazily({
      run_tag: () => insert('run_tag (run, tag, at)', '(?, ?, ?)'),
      state_tag: () => insert('state_tag (state, tag, at, given)', '(?, ?, ?, 0)'),
    });
    this.#give = lazily({
      state: () => db.prepare<[number, number]>('UPDATE state_tag SET given = 1 WHERE state = ? AND tag = ?'),
    });
    this.#deletes = lazily({ run_tag: () => remove('run_tag', 'run'), state_tag: () => remove('state_tag', 'state') });
  }

  /** At once, as a person gives it; false if it was there already. */
  add(target: RunOrStateId, tag: string): boolean {
    return this.#commit.transact(() => {
      const isNew = this.put(target, tag);
      if ('state' in target) this.#give.state.run(target.state, this.#names.intern(tag));
      return isNew;
    });
  }

  /** At once; false if it was not there. */
  remove(target: RunOrStateId, tag: string): boolean {
    const { table, id } = rowOf(target);
    const name = this.#names.find(tag);
    return name !== undefined && this.#deletes[table].run(id, name).changes > 0;
  }

  /** As a pipeline gives it to all states of a node; inside a write transaction. */
  put(target: RunOrStateId, tag: string): boolean {
    const { table, id } = rowOf(target);
    return this.#inserts[table].run(id, this.#names.intern(tag), this.#now()).changes > 0;
  }
}
