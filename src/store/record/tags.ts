/** Tags: names for runs and states, for finding them again. They never enter a key. */
import type { CacheKey } from '../../core/identity/digest.ts';
import type { SqliteDatabase } from '../database/database.ts';
import type { Names } from '../database/names.ts';

export type Tagged =
  | { readonly tag: string; readonly at: number; readonly run: number }
  | { readonly tag: string; readonly at: number; readonly state: CacheKey; readonly stage: string };

/** What a tag is put on: the id of a run's or a state's row. */
export type TagTarget = { readonly run: number } | { readonly state: number };

export class Tags {
  readonly #db: SqliteDatabase;
  readonly #names: Names;
  readonly #now: () => number;

  constructor(db: SqliteDatabase, names: Names, now: () => number = Date.now) {
    this.#db = db;
    this.#names = names;
    this.#now = now;
  }

  /** False if it was there already. */
  add(target: TagTarget, tag: string): boolean {
    const { table, id } = place(target);
    return this.#db
      .transaction(
        () =>
          this.#db
            .prepare(`INSERT INTO ${table}_tag (${table}, tag, at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`)
            .run(id, this.#names.intern(tag), this.#now()).changes > 0,
      )
      .immediate();
  }

  /** False if it was not there. */
  remove(target: TagTarget, tag: string): boolean {
    const { table, id } = place(target);
    const name = this.#names.find(tag);
    if (name === undefined) return false;
    const removed = this.#db.prepare(`DELETE FROM ${table}_tag WHERE ${table} = ? AND tag = ?`).run(id, name);
    return removed.changes > 0;
  }

  of(target: TagTarget): readonly string[] {
    const { table, id } = place(target);
    return this.#db
      .prepare<[number], { text: string }>(
        `SELECT n.text FROM ${table}_tag t JOIN name n ON n.id = t.tag WHERE t.${table} = ? ORDER BY n.text`,
      )
      .all(id)
      .map(({ text }) => text);
  }

  /** Everything that is tagged, or that has this tag; by tag, then by age. */
  list(tag?: string): readonly Tagged[] {
    const id = tag === undefined ? null : (this.#names.find(tag) ?? -1);
    return this.#db
      .prepare<[number | null, number | null, number | null, number | null], TaggedRow>(
        `SELECT n.text AS tag, t.at, t.run, NULL AS state, NULL AS stage
         FROM run_tag t JOIN name n ON n.id = t.tag WHERE ? IS NULL OR t.tag = ?
         UNION ALL
         SELECT n.text AS tag, t.at, NULL AS run, lower(hex(s.key)) AS state, g.text AS stage
         FROM state_tag t JOIN name n ON n.id = t.tag JOIN state s ON s.id = t.state JOIN name g ON g.id = s.stage
         WHERE ? IS NULL OR t.tag = ?
         ORDER BY 1, 2, 3, 4`,
      )
      .all(id, id, id, id)
      .map(({ tag, at, run, state, stage }) =>
        run === null ? { tag, at, state: state!, stage: stage! } : { tag, at, run },
      );
  }
}

interface TaggedRow {
  readonly tag: string;
  readonly at: number;
  readonly run: number | null;
  readonly state: CacheKey | null;
  readonly stage: string | null;
}

function place(target: TagTarget): { readonly table: 'run' | 'state'; readonly id: number } {
  return 'run' in target ? { table: 'run', id: target.run } : { table: 'state', id: target.state };
}
