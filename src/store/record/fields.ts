/** Writing the fields of states. Most rows of a record are fields; their values are interned with their previews. */
import type { Statement } from 'better-sqlite3';
import type { Field } from '../../core/identity/cache-key.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import type { Names } from '../database/names.ts';
import { lazily } from '../database/statements.ts';
import type { GroupCommit } from './group-commit.ts';

const ROWS_AT_ONCE = 100;

export class FieldWriter {
  readonly #db: SqliteDatabase;
  readonly #names: Names;
  readonly #values = new Map<string, number>();
  readonly #inserts = new Map<number, Statement<number[]>>();
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, names: Names) {
    this.#db = db;
    this.#names = names;
    this.#sql = lazily({
      selectValue: () =>
        db.prepare<[Buffer, string], number>('SELECT id FROM field_value WHERE digest = ? AND preview = ?').pluck(),
      insertValue: () =>
        db.prepare<[Buffer, string]>('INSERT INTO field_value (digest, preview) VALUES (?, ?) ON CONFLICT DO NOTHING'),
    });
    commit.onRollback(() => this.#values.clear());
  }

  /** Only inside a write transaction. One statement for many rows takes half as long as one for each. */
  insert(state: number, fields: readonly Field[]): void {
    for (let at = 0; at < fields.length; at += ROWS_AT_ONCE) {
      const some = fields.slice(at, at + ROWS_AT_ONCE);
      const values = some.flatMap((field) => [state, this.#names.intern(field.name), this.#valueId(field)]);
      this.#insertOf(some.length).run(...values);
    }
  }

  #insertOf(rows: number): Statement<number[]> {
    let statement = this.#inserts.get(rows);
    if (statement === undefined) {
      const places = Array.from({ length: rows }, () => '(?, ?, ?)').join(', ');
      statement = this.#db.prepare(`INSERT INTO state_field (state, name, value) VALUES ${places}`);
      this.#inserts.set(rows, statement);
    }
    return statement;
  }

  #valueId({ digest, preview }: Field): number {
    // With its preview: the digest alone may be that of a secret elsewhere, whose preview does not tell it.
    const known = digest + preview;
    let id = this.#values.get(known);
    if (id === undefined) {
      const bytes = blobOf(digest);
      // Inserted first: most values that this process does not know are new.
      const inserted = this.#sql.insertValue.run(bytes, preview);
      id = inserted.changes > 0 ? Number(inserted.lastInsertRowid) : this.#sql.selectValue.get(bytes, preview)!;
      this.#values.set(known, id);
    }
    return id;
  }
}
