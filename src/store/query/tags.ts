/** Reading tags: names for runs and states, for finding them again. They never enter a key. */
import type { CacheKey } from '../../core/identity/digest.ts';
import type { Names } from '../database/names.ts';
import type { Queries } from '../database/statements.ts';
import { rowOf, type RunOrStateId } from '../record/tag-tables.ts';

export type Tagged =
  | { readonly tag: string; readonly at: number; readonly run: number }
  | { readonly tag: string; readonly at: number; readonly state: CacheKey; readonly stage: string };

export class TagReader {
  readonly #queries: Queries;
  readonly #names: Names;

  constructor(queries: Queries, names: Names) {
    this.#queries = queries;
    this.#names = names;
  }

  /** In the order of the alphabet. */
  of(target: RunOrStateId): readonly string[] {
    const { table, column, id } = rowOf(target);
    return this.#queries
      .all<{ text: string }>(
        `SELECT n.text FROM ${table} t JOIN name n ON n.id = t.tag WHERE t.${column} = ? ORDER BY n.text`,
        id,
      )
      .map(({ text }) => text);
  }

  /** The tags of these runs, in the order of the alphabet; a run without any is not in it. */
  ofRuns(runs: readonly number[]): ReadonlyMap<number, readonly string[]> {
    const rows = this.#queries.all<{ run: number; text: string }>(
      `SELECT t.run, n.text FROM json_each(?) j CROSS JOIN run_tag t ON t.run = j.value JOIN name n ON n.id = t.tag
       ORDER BY n.text`,
      JSON.stringify(runs),
    );
    const tags = new Map<number, string[]>();
    for (const { run, text } of rows) tags.set(run, [...(tags.get(run) ?? []), text]);
    return tags;
  }

  /** Everything that is tagged, or that has this tag; by tag, then by age. */
  list(tag?: string): readonly Tagged[] {
    const id = tag === undefined ? null : (this.#names.find(tag) ?? -1);
    return this.#queries
      .all<TaggedRow>(
        `SELECT n.text AS tag, t.at, t.run, NULL AS state, NULL AS stage
         FROM run_tag t JOIN name n ON n.id = t.tag WHERE ? IS NULL OR t.tag = ?
         UNION ALL
         SELECT n.text AS tag, t.at, NULL AS run, lower(hex(s.key)) AS state, g.text AS stage
         FROM state_tag t JOIN name n ON n.id = t.tag JOIN state s ON s.id = t.state JOIN name g ON g.id = s.stage
         WHERE ? IS NULL OR t.tag = ?
         ORDER BY 1, 2, 3, 4`,
        id,
        id,
        id,
        id,
      )
      .map(({ tag: name, at, run, state, stage }) =>
        run === null ? { tag: name, at, state: state!, stage: stage! } : { tag: name, at, run },
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
