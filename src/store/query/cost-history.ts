/** Reading what states took to make: by stage, for schedules and estimates; by run, for where time went. */
import type { VisitOutcome } from '../../events.ts';
import type { Names } from '../database/names.ts';
import type { Queries } from '../database/statements.ts';

export interface StageCost {
  /** Mean of the latest states. */
  readonly seconds: number;
  /** Highest peak of memory; null where it was not measured. */
  readonly peakBytes: number | null;
}

/** What a node of a run took, or saved. */
export interface NodeCost {
  readonly node: string;
  /** Null for a node without a state. */
  readonly stage: string | null;
  readonly outcome: VisitOutcome;
  /** Seconds that its state took to make, whichever run made it. */
  readonly seconds: number;
  readonly cpuSeconds: number | null;
  readonly peakBytes: number | null;
}

/** What the nodes of a run took and saved in all. */
export interface RunSums {
  readonly run: number;
  readonly ran: number;
  readonly hits: number;
  /** Seconds that the nodes took that ran. */
  readonly seconds: number;
  /** Processor seconds of the nodes that ran, as far as they were measured. */
  readonly cpuSeconds: number;
  /** Seconds that it once took to make the states that the run found. */
  readonly savedSeconds: number;
  /** Seconds of attempts that failed. */
  readonly lostSeconds: number;
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

  /** Every node of a run. */
  ofRun(run: number): readonly NodeCost[] {
    return this.#queries.all(
      `SELECT n.text AS node, g.text AS stage, o.name AS outcome, coalesce(s.seconds, 0) AS seconds,
         e.cpu_seconds AS cpuSeconds, e.peak_bytes AS peakBytes
       FROM visit v JOIN name n ON n.id = v.node JOIN visit_outcome o ON o.id = v.outcome
       LEFT JOIN state s ON s.id = v.state LEFT JOIN name g ON g.id = s.stage LEFT JOIN attempt_end e ON e.attempt = s.attempt
       WHERE v.run = ? ORDER BY v.node`,
      run,
    );
  }

  /** The sums of these runs, in their order. */
  sums(runs: readonly number[]): readonly RunSums[] {
    return this.#queries.all(
      `SELECT j.value AS run, coalesce(sum(o.name = 'ran'), 0) AS ran, coalesce(sum(o.name IN ('hit', 'cut-off')), 0) AS hits,
         coalesce(sum(s.seconds) FILTER (WHERE o.name = 'ran'), 0.0) AS seconds,
         coalesce(sum(e.cpu_seconds) FILTER (WHERE o.name = 'ran'), 0.0) AS cpuSeconds,
         coalesce(sum(s.seconds) FILTER (WHERE o.name IN ('hit', 'cut-off')), 0.0) AS savedSeconds,
         (SELECT coalesce(sum(x.ended_at - a.started_at), 0) / 1000.0 FROM attempt a
            JOIN attempt_failure f ON f.attempt = a.id JOIN attempt_end x ON x.attempt = a.id
          WHERE a.run = j.value) AS lostSeconds
       FROM json_each(?) j LEFT JOIN visit v ON v.run = j.value LEFT JOIN visit_outcome o ON o.id = v.outcome
       LEFT JOIN state s ON s.id = v.state LEFT JOIN attempt_end e ON e.attempt = s.attempt
       GROUP BY j.key ORDER BY j.key`,
      JSON.stringify(runs),
    );
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
