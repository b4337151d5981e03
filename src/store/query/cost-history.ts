/** Reading what the states of a stage took to make: what schedules and estimates rest on. */
import type { Names } from '../database/names.ts';
import type { Queries } from '../database/statements.ts';

export interface StageCost {
  /** Mean of the latest states. */
  readonly seconds: number;
  /** Highest peak of memory; null where it was not measured. */
  readonly peakBytes: number | null;
}

export type StageCosts = (stage: string) => StageCost | undefined;

export class CostHistory {
  readonly #queries: Queries;
  readonly #names: Names;

  constructor(queries: Queries, names: Names) {
    this.#queries = queries;
    this.#names = names;
  }

  /** Of the latest 20 states; undefined for a stage that has made none. */
  of(stage: string): StageCost | undefined {
    const id = this.#names.find(stage);
    const row =
      id === undefined
        ? undefined
        : this.#queries.get<{ seconds: number | null; peakBytes: number | null }>(
            `SELECT avg(s.seconds) AS seconds, max(e.peak_bytes) AS peakBytes
             FROM (SELECT seconds, attempt FROM state WHERE stage = ? ORDER BY id DESC LIMIT 20) s
             LEFT JOIN attempt_end e ON e.attempt = s.attempt`,
            id,
          );
    return row === undefined || row.seconds === null ? undefined : { seconds: row.seconds, peakBytes: row.peakBytes };
  }

  /** As `of`, asked once for each stage. */
  onceEach(): StageCosts {
    const known = new Map<string, StageCost | undefined>();
    return (stage) => {
      if (!known.has(stage)) known.set(stage, this.of(stage));
      return known.get(stage);
    };
  }
}
