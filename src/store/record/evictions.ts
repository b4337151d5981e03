/** Writing which bytes are evicted: rows of artifacts whose files "restage gc" removed, until the bytes are back. */
import type { Digest } from '../../core/identity/digest.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { lazily } from '../database/statements.ts';

export class EvictionWriter {
  readonly #sql;

  constructor(db: SqliteDatabase) {
    this.#sql = lazily({
      insert: () =>
        db.prepare<[number, string]>(
          'INSERT INTO eviction (artifact, at) SELECT value, ? FROM json_each(?) WHERE true ON CONFLICT DO UPDATE SET at = excluded.at',
        ),
      any: () => db.prepare<[], number>('SELECT 1 FROM eviction LIMIT 1').pluck(),
      forget: () =>
        db.prepare<[string]>(
          `DELETE FROM eviction WHERE artifact IN (
             SELECT a.id FROM json_each(?) j CROSS JOIN artifact a ON a.digest = unhex(j.value))`,
        ),
      forgetOne: () => db.prepare<[number]>('DELETE FROM eviction WHERE artifact = ?'),
    });
  }

  /** Before their files go. @param artifacts ids of rows */
  add(artifacts: readonly number[], at: number): void {
    this.#sql.insert.run(at, JSON.stringify(artifacts));
  }

  /** The bytes of these artifacts are there again, as files. */
  returned(digests: readonly Digest[]): void {
    if (digests.length > 0 && this.#sql.any.get() !== undefined) this.#sql.forget.run(JSON.stringify(digests));
  }

  /** The same of one, by the id of its row. */
  returnedRow(artifact: number): void {
    this.#sql.forgetOne.run(artifact);
  }
}
