/** Reading pins: runs and states whose bytes "restage gc" never evicts. */
import type { CacheKey } from '../../core/identity/digest.ts';
import type { Queries } from '../database/statements.ts';
import type { RunOrStateId } from '../record/tag-tables.ts';

interface PinFacts {
  /** Milliseconds since 1970. */
  readonly at: number;
  /** Why; empty without a note. */
  readonly note: string;
}

export type Pinned =
  | (PinFacts & { readonly run: number; readonly pipeline: string })
  | (PinFacts & { readonly state: CacheKey; readonly stage: string; readonly node: string });

export class PinReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** Runs first, then states; of each, the oldest first. */
  list(): readonly Pinned[] {
    const runs = this.#queries.all<PinFacts & { run: number; pipeline: string }>(
      `SELECT p.run, n.text AS pipeline, p.at, p.note FROM run_pin p JOIN run r ON r.id = p.run
       JOIN name n ON n.id = r.pipeline ORDER BY p.at, p.run`,
    );
    const states = this.#queries.all<PinFacts & { state: CacheKey; stage: string; node: string }>(
      `SELECT lower(hex(s.key)) AS state, g.text AS stage, n.text AS node, p.at, p.note
       FROM state_pin p JOIN state s ON s.id = p.state JOIN name g ON g.id = s.stage JOIN attempt t ON t.id = s.attempt
       JOIN name n ON n.id = t.node ORDER BY p.at, p.state`,
    );
    return [...runs, ...states];
  }

  of(target: RunOrStateId): PinFacts | undefined {
    return 'run' in target
      ? this.#queries.get('SELECT at, note FROM run_pin WHERE run = ?', target.run)
      : this.#queries.get('SELECT at, note FROM state_pin WHERE state = ?', target.state);
  }
}
