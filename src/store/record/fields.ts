/** Writing the fields of states. Most rows of a record are fields; their values are interned with their previews. */
import type { Field } from '../../core/identity/cache-key.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { HAS_DIGEST } from '../database/field-values.ts';
import type { Names } from '../database/names.ts';
import { lazily } from '../database/statements.ts';
import type { GroupCommit } from './group-commit.ts';
import type { RowBuffer } from './row-buffer.ts';

export class FieldWriter {
  readonly #names: Names;
  readonly #values = new Map<string, number>();
  readonly #rows: RowBuffer<[state: number, name: number, value: number]>;
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, names: Names) {
    this.#names = names;
    this.#rows = commit.rows(3, (rows) => `INSERT INTO state_field (state, name, value) VALUES ${rows}`);
    this.#sql = lazily({
      selectValue: () =>
        db
          .prepare<[{ digest: Buffer; preview: string }], number>(
            `SELECT id FROM field_value WHERE ${HAS_DIGEST} AND preview = @preview`,
          )
          .pluck(),
      insertValue: () => db.prepare<[Buffer, string]>('INSERT INTO field_value (digest, preview) VALUES (?, ?)'),
    });
    commit.onRollback(() => this.#values.clear());
  }

  /** Only inside a write transaction. */
  insert(state: number, fields: readonly Field[]): void {
    for (const field of fields) this.#rows.add(state, this.#names.intern(field.name), this.#valueId(field));
  }

  #valueId({ digest, preview }: Field): number {
    // With its preview: the digest alone may be that of a secret elsewhere, whose preview does not tell it.
    const known = digest + preview;
    let id = this.#values.get(known);
    if (id === undefined) {
      const bytes = blobOf(digest);
      id = this.#sql.selectValue.get({ digest: bytes, preview });
      id ??= Number(this.#sql.insertValue.run(bytes, preview).lastInsertRowid);
      this.#values.set(known, id);
    }
    return id;
  }
}
