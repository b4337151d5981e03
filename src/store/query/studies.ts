/** Reading studies: experiments that were run, and which run each of their branches is. */
import type { Queries } from '../database/statements.ts';
import type { StudyBranchRun } from '../record/studies.ts';

export interface StudyRecord {
  /** The run that made the states of all branches. */
  readonly run: number;
  readonly name: string;
  /** The branches, seeds and metrics, as they were recorded. */
  readonly definition: unknown;
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

  #one(where: string, ...values: readonly (string | number | null)[]): StudyRecord | undefined {
    const row = this.#queries.get<{ run: number; name: string; definition: string }>(
      `SELECT s.run, n.text AS name, s.definition FROM study s JOIN name n ON n.id = s.name ${where}
       ORDER BY s.run DESC LIMIT 1`,
      ...values,
    );
    return row && { ...row, definition: JSON.parse(row.definition) as unknown };
  }
}
