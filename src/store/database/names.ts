/** Interned strings: names of stages, nodes, fields, metrics and workers, each stored once. */
import type { SqliteDatabase } from './database.ts';
import { lazily } from './statements.ts';

export class Names {
  readonly #ids = new Map<string, number>();
  readonly #sql;

  constructor(db: SqliteDatabase) {
    this.#sql = lazily({
      select: () => db.prepare<[string], { id: number }>('SELECT id FROM name WHERE text = ?'),
      insert: () => db.prepare<[string]>('INSERT INTO name (text) VALUES (?) ON CONFLICT DO NOTHING'),
    });
  }

  /** The id of this name, which is added if it is new: only inside a write transaction. */
  intern(text: string): number {
    let id = this.#ids.get(text);
    if (id === undefined) {
      // Inserted first: most names that this process does not know are new.
      const inserted = this.#sql.insert.run(text);
      id = inserted.changes > 0 ? Number(inserted.lastInsertRowid) : this.#sql.select.get(text)!.id;
      this.#ids.set(text, id);
    }
    return id;
  }

  find(text: string): number | undefined {
    const known = this.#ids.get(text);
    if (known !== undefined) return known;
    const id = this.#sql.select.get(text)?.id;
    if (id !== undefined) this.#ids.set(text, id);
    return id;
  }

  /** Forgets what was cached: after a rollback, ids that it knows may be gone. */
  forget(): void {
    this.#ids.clear();
  }
}
