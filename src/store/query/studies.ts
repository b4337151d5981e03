/** Reading studies: experiments that were run, which run each of their branches is, and what was branched off a run. */
import type { Queries } from '../database/statements.ts';
import type { StudyBranchRun } from '../record/studies.ts';
import type { NodeState } from './visits.ts';

export interface StudyRecord {
  /** The run that made the states of all branches. */
  readonly run: number;
  readonly name: string;
  /** The branches, seeds and metrics, as they were recorded. */
  readonly definition: unknown;
}

/** That a run was branched off another one. */
export interface RunOrigin {
  readonly run: number;
  readonly parent: number;
  /** The node whose state was branched off; null for the complete run. */
  readonly node: string | null;
}

export class StudyReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** The latest study of this name, or the latest of all; undefined if there is none. */
  latest(name?: string): StudyRecord | undefined {
    return this.#one('WHERE ? IS NULL OR n.text = ?', name ?? null, name ?? null);
  }

  /** The study that a run made the states of. */
  of(run: number): StudyRecord | undefined {
    return this.#one('WHERE s.run = ?', run);
  }

  /** Names of all studies, for suggestions. */
  names(): readonly string[] {
    return this.#queries
      .all<{ text: string }>('SELECT DISTINCT n.text FROM study s JOIN name n ON n.id = s.name ORDER BY n.text')
      .map(({ text }) => text);
  }

  /** Whether there ever was one: most caches have none. */
  any(): boolean {
    return this.#queries.get('SELECT 1 FROM study LIMIT 1') !== undefined;
  }

  /** The latest study of which this run is a branch with a seed; undefined for any other run. */
  withBranch(run: number): StudyRecord | undefined {
    return this.#one('WHERE s.run IN (SELECT b.study FROM study_branch b WHERE b.run = ?)', run);
  }

  /** In the order in which they were recorded by name and seed. */
  branches(study: number): readonly StudyBranchRun[] {
    return this.#queries
      .all<{ branch: string; seed: number; run: number | null; missing: string }>(
        `SELECT n.text AS branch, b.seed, b.run, b.missing FROM study_branch b JOIN name n ON n.id = b.branch
         WHERE b.study = ? ORDER BY b.branch, b.seed`,
        study,
      )
      .map((row) => ({ ...row, missing: JSON.parse(row.missing) as readonly string[] }));
  }

  /** The states that a branch has with a seed with which it did not finish. */
  unfinished(study: number, branch: string, seed: number): readonly NodeState[] {
    return this.#queries.all(
      `SELECT m.text AS node, u.state, lower(hex(s.key)) AS key
       FROM name n JOIN study_branch_state u ON u.study = ? AND u.branch = n.id AND u.seed = ?
       JOIN name m ON m.id = u.node JOIN state s ON s.id = u.state WHERE n.text = ? ORDER BY u.node`,
      study,
      seed,
      branch,
    );
  }

  /** Runs that were branched off this one, the oldest first. */
  branchedOff(parent: number): readonly RunOrigin[] {
    return this.#queries.all(
      `SELECT o.run, o.parent, n.text AS node FROM run_origin o LEFT JOIN name n ON n.id = o.node
       WHERE o.parent = ? ORDER BY o.run`,
      parent,
    );
  }

  /** What a run was branched off; undefined if it was not. */
  origin(run: number): RunOrigin | undefined {
    return this.#queries.get(
      'SELECT o.run, o.parent, n.text AS node FROM run_origin o LEFT JOIN name n ON n.id = o.node WHERE o.run = ?',
      run,
    );
  }

  #one(where: string, ...values: readonly (string | number | null)[]): StudyRecord | undefined {
    const row = this.#queries.get<{ run: number; name: string; definition: string }>(
      `SELECT s.run, n.text AS name, s.definition FROM study s JOIN name n ON n.id = s.name JOIN run r ON r.id = s.run ${where}
       ORDER BY r.started_at DESC, r.id DESC LIMIT 1`,
      ...values,
    );
    return row && { ...row, definition: JSON.parse(row.definition) as unknown };
  }
}
