/** States in words for people: the pipeline, stage and node that made them. */
import type { CacheKey } from '../../../core/identity/digest.ts';
import type { SqliteDatabase } from '../../database/database.ts';

export interface ToldState {
  readonly state: CacheKey;
  readonly pipeline: string;
  readonly stage: string;
  readonly node: string;
}

/** By the ids of their rows. */
export function toldStates(db: SqliteDatabase, states: readonly number[]): ReadonlyMap<number, ToldState> {
  const rows = db
    .prepare<[string], ToldState & { readonly id: number }>(
      `SELECT s.id, lower(hex(s.key)) AS state, p.text AS pipeline, g.text AS stage, n.text AS node
       FROM json_each(?) j CROSS JOIN state s ON s.id = j.value JOIN name g ON g.id = s.stage
       JOIN attempt t ON t.id = s.attempt JOIN name n ON n.id = t.node JOIN run r ON r.id = t.run
       JOIN name p ON p.id = r.pipeline`,
    )
    .all(JSON.stringify(states));
  return new Map(rows.map(({ id, ...told }) => [id, told]));
}
