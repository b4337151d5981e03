/**
 * Removing runs. What only the run says goes: which nodes it visited, how, and what its attempts said that made no
 * state. States belong to no run, so they stay, with the attempts that made them and the row of the run: where they
 * came from is on record as long as they are.
 */
import type { SqliteDatabase } from '../database/database.ts';
import { lazily } from '../database/statements.ts';
import type { GroupCommit } from './group-commit.ts';

/** What goes with a run, in rows, and how many states stay that it made. */
export interface RunRemoval {
  readonly run: number;
  readonly nodes: number;
  readonly attempts: number;
  readonly metrics: number;
  readonly logLines: number;
  readonly states: number;
}

/** Why a run stays: a person has named it, or something else on record goes on from it. */
export type Hindrance =
  | { readonly run: number; readonly because: 'pinned' }
  | { readonly run: number; readonly because: 'tagged'; readonly tag: string }
  | { readonly run: number; readonly because: 'experiment'; readonly experiment: string }
  | { readonly run: number; readonly because: 'branched'; readonly branch: number };

const WITHOUT_STATE = 'SELECT id FROM attempt WHERE run = @run AND id NOT IN (SELECT attempt FROM state)';

/** Rows that refer to others come before these. */
const GOING = {
  reasons: 'visit_reason WHERE run = @run',
  nodes: 'visit WHERE run = @run',
  results: 'run_result WHERE run = @run',
  phases: 'run_phase WHERE run = @run',
  origins: 'run_origin WHERE run = @run',
  metrics: `metric WHERE attempt IN (${WITHOUT_STATE})`,
  logLines: `log_line WHERE attempt IN (${WITHOUT_STATE})`,
  failures: `attempt_failure WHERE attempt IN (${WITHOUT_STATE})`,
  ends: `attempt_end WHERE attempt IN (${WITHOUT_STATE})`,
} as const;

/** SQLite looks through all states for each of these that goes, and other processes write meanwhile. */
const ATTEMPTS_AT_ONCE = 200;

export class RunRemovals {
  readonly #commit: GroupCommit;
  readonly #now: () => number;
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, now: () => number) {
    this.#commit = commit;
    this.#now = now;
    const each = (rows: string) => db.prepare<{ run: number }, number>(`SELECT count(*) FROM ${rows}`).pluck();
    this.#sql = lazily({
      nodes: () => each(GOING.nodes),
      attempts: () => each(`(${WITHOUT_STATE})`),
      metrics: () => each(GOING.metrics),
      logLines: () => each(GOING.logLines),
      states: () =>
        db
          .prepare<[number], number>(
            'SELECT count(*) FROM attempt a CROSS JOIN state s ON s.attempt = a.id WHERE a.run = ?',
          )
          .pluck(),
      deletes: () => Object.values(GOING).map((rows) => db.prepare<{ run: number }>(`DELETE FROM ${rows}`)),
      someAttempts: () =>
        db.prepare<{ run: number }>(`DELETE FROM attempt WHERE id IN (${WITHOUT_STATE} LIMIT ${ATTEMPTS_AT_ONCE})`),
      mark: () => db.prepare<[number, number]>('INSERT INTO run_removal (run, at) VALUES (?, ?)'),
      hindrance: () => db.prepare<{ run: number; going: string }, Hindrance>(HINDRANCES),
    });
  }

  /** What would go, and stay. @param run must have ended */
  of(run: number): RunRemoval {
    const count = (rows: 'nodes' | 'attempts' | 'metrics' | 'logLines'): number => this.#sql[rows].get({ run })!;
    return {
      run,
      nodes: count('nodes'),
      attempts: count('attempts'),
      metrics: count('metrics'),
      logLines: count('logLines'),
      states: this.#sql.states.get(run)!,
    };
  }

  /** What keeps one of these runs, if they are removed together; undefined if nothing does. */
  hindrance(runs: readonly number[]): Hindrance | undefined {
    const going = JSON.stringify(runs);
    for (const run of runs) {
      const found = this.#sql.hindrance.get({ run, going });
      if (found !== undefined) return found;
    }
    return undefined;
  }

  /** At once, all of them or, if something keeps one of them, none: then says what. */
  remove(runs: readonly number[]): Hindrance | undefined {
    const kept = this.#commit.transact(() => {
      const hindrance = this.hindrance(runs);
      if (hindrance !== undefined) return hindrance;
      for (const run of runs) {
        for (const rows of this.#sql.deletes) rows.run({ run });
        this.#sql.mark.run(run, this.#now());
      }
      return undefined;
    });
    // Nobody sees these any more: if this process dies, they stay, and say nothing.
    if (kept === undefined)
      for (const run of runs)
        while (this.#commit.transact(() => this.#sql.someAttempts.run({ run }).changes) === ATTEMPTS_AT_ONCE);
    return kept;
  }
}

/** An experiment tags its runs itself, so it is told before their tags. */
const HINDRANCES = `
  SELECT @run AS run, 'experiment' AS because, NULL AS tag, n.text AS experiment, NULL AS branch
    FROM study s JOIN name n ON n.id = s.name
    WHERE s.run = @run OR s.run IN (SELECT b.study FROM study_branch b WHERE b.run = @run)
  UNION ALL SELECT run, 'pinned', NULL, NULL, NULL FROM run_pin WHERE run = @run
  UNION ALL SELECT t.run, 'tagged', n.text, NULL, NULL FROM run_tag t JOIN name n ON n.id = t.tag WHERE t.run = @run
  UNION ALL SELECT o.parent, 'branched', NULL, NULL, o.run FROM run_origin o
    WHERE o.parent = @run AND o.run NOT IN (SELECT value FROM json_each(@going))
  LIMIT 1`;
