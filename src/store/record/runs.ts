/** Writing runs: their beginning, their end, and what takes time around their nodes. */
import type { RunOutcome } from '../../events.ts';
import { recordedOutcome } from './going-on.ts';
import { blobOf } from '../database/blobs.ts';
import type { SqliteDatabase } from '../database/database.ts';
import type { Names } from '../database/names.ts';
import { lazily } from '../database/statements.ts';
import type { RunFacts, RunPhase } from './facts.ts';
import type { GroupCommit } from './group-commit.ts';

export class RunWriter {
  readonly #commit: GroupCommit;
  readonly #names: Names;
  readonly #owner: string;
  readonly #now: () => number;
  readonly #sql;

  /** `owner`: who makes the runs, as in owner.ts. */
  constructor(db: SqliteDatabase, commit: GroupCommit, names: Names, owner: string, now: () => number) {
    this.#commit = commit;
    this.#names = names;
    this.#owner = owner;
    this.#now = now;
    this.#sql = lazily({
      insertEnvironment: () =>
        db.prepare<[Buffer, string]>('INSERT INTO environment (digest, facts) VALUES (?, ?) ON CONFLICT DO NOTHING'),
      selectEnvironment: () => db.prepare<[Buffer], number>('SELECT id FROM environment WHERE digest = ?').pluck(),
      insert: () =>
        db.prepare(
          `INSERT INTO run (pipeline, source, argv, params, seed, backend, jobs, git_commit, git_dirty, environment, owner,
             started_at)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        ),
      insertEnd: () =>
        db.prepare<[number, number, string]>(
          'INSERT INTO run_end (run, ended_at, outcome) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
        ),
      insertResult: () =>
        db.prepare<[number, number, number, number, number]>(
          `INSERT INTO run_result (run, position, name, node, output)
           VALUES (?, (SELECT count(*) FROM run_result WHERE run = ?), ?, ?, ?)`,
        ),
      insertPhase: () =>
        db.prepare<[number, number, number, number]>(
          'INSERT INTO run_phase (run, name, started_at, ended_at) VALUES (?, ?, ?, ?)',
        ),
    });
  }

  /** Opens a run, at once; returns its id. */
  begin(facts: RunFacts): number {
    return this.#commit.transact(() => {
      const inserted = this.#sql.insert.run(
        this.#names.intern(facts.pipeline),
        facts.source,
        JSON.stringify(facts.argv),
        JSON.stringify(facts.params),
        facts.seed,
        facts.backend,
        facts.jobs,
        facts.git?.commit ?? null,
        facts.git === null ? null : Number(facts.git.dirty),
        this.environment(facts.environment),
        this.#owner,
        Math.round(facts.startedAt),
      );
      const run = Number(inserted.lastInsertRowid);
      this.#addResults(run, facts.results);
      return run;
    });
  }

  /** Further results, of nodes that the run took from another one as they were; at once. */
  addResults(run: number, results: RunFacts['results']): void {
    this.#commit.transact(() => {
      this.#addResults(run, results);
    });
  }

  #addResults(run: number, results: RunFacts['results']): void {
    for (const { name, node, output } of results) {
      const names = [name, node, output].map((text) => this.#names.intern(text)) as [number, number, number];
      this.#sql.insertResult.run(run, run, ...names);
    }
  }

  /** The row of these facts about host, user and versions. Only inside a write transaction. */
  environment({ digest, facts }: RunFacts['environment']): number {
    this.#sql.insertEnvironment.run(blobOf(digest), facts);
    return this.#sql.selectEnvironment.get(blobOf(digest))!;
  }

  phase(run: number, { name, startedAt, endedAt }: RunPhase): void {
    this.#commit.add(() =>
      this.#sql.insertPhase.run(run, this.#names.intern(name), Math.round(startedAt), Math.round(endedAt)),
    );
  }

  /** `endedAt`: milliseconds since 1970; now, if it is not given. */
  end(run: number, outcome: RunOutcome, endedAt?: number): void {
    this.#commit.add(() => this.#sql.insertEnd.run(run, Math.round(endedAt ?? this.#now()), recordedOutcome(outcome)));
  }
}
