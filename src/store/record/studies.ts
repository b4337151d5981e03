/**
 * Writing studies: what an experiment was, which run each of its branches is, and which run another one was branched
 * off.
 */
import type { SqliteDatabase } from '../database/database.ts';
import type { Names } from '../database/names.ts';
import { lazily } from '../database/statements.ts';
import type { GroupCommit } from './group-commit.ts';

/** A branch with a seed. */
export interface StudyBranchRun {
  readonly branch: string;
  readonly seed: number;
  /** Its run; null if a node of it did not finish. */
  readonly run: number | null;
  /** Names of the nodes that did not finish. */
  readonly missing: readonly string[];
}

/** The state that a node of a branch with a seed came to, where the branch did not finish. */
export interface UnfinishedState {
  readonly branch: string;
  readonly seed: number;
  readonly node: string;
  /** Id of its row. */
  readonly state: number;
}

export interface NewStudy {
  /** The run that made the states of all branches. */
  readonly run: number;
  readonly name: string;
  /** The branches, seeds and metrics: JSON-like. */
  readonly definition: unknown;
  readonly branches: readonly StudyBranchRun[];
  /** Of those that did not finish. */
  readonly unfinished: readonly UnfinishedState[];
}

export class StudyWriter {
  readonly #commit: GroupCommit;
  readonly #names: Names;
  readonly #sql;

  constructor(db: SqliteDatabase, commit: GroupCommit, names: Names) {
    this.#commit = commit;
    this.#names = names;
    this.#sql = lazily({
      study: () => db.prepare<[number, number, string]>('INSERT INTO study (run, name, definition) VALUES (?, ?, ?)'),
      branch: () =>
        db.prepare<[number, number, number, number | null, string]>(
          'INSERT INTO study_branch (study, branch, seed, run, missing) VALUES (?, ?, ?, ?, ?)',
        ),
      unfinished: () =>
        db.prepare<[number, number, number, number, number]>(
          'INSERT INTO study_branch_state (study, branch, seed, node, state) VALUES (?, ?, ?, ?, ?)',
        ),
      origin: () =>
        db.prepare<[number, number, number | null]>('INSERT INTO run_origin (run, parent, node) VALUES (?, ?, ?)'),
    });
  }

  /** At once. The runs must be on record. */
  add({ run, name, definition, branches, unfinished }: NewStudy): void {
    this.#commit.transact(() => {
      this.#sql.study.run(run, this.#names.intern(name), JSON.stringify(definition));
      for (const { branch, seed, run: own, missing } of branches)
        this.#sql.branch.run(run, this.#names.intern(branch), seed, own, JSON.stringify(missing));
      for (const { branch, seed, node, state } of unfinished)
        this.#sql.unfinished.run(run, this.#names.intern(branch), seed, this.#names.intern(node), state);
    });
  }

  /** At once. `node`: the one whose state was branched off; null for the complete run. */
  addOrigin(run: number, { parent, node }: { readonly parent: number; readonly node: string | null }): void {
    this.#commit.transact(() => {
      this.#sql.origin.run(run, parent, node === null ? null : this.#names.intern(node));
    });
  }
}
