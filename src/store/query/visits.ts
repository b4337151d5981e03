/** Reading visits: what became of the nodes of a run. */
import type { CacheKey } from '../../core/identity/digest.ts';
import type { VisitOutcome } from '../../events.ts';
import type { Names } from '../database/names.ts';
import type { Queries } from '../database/statements.ts';
import type { PipelineId } from './runs.ts';

export type VisitCounts = Readonly<Record<VisitOutcome, number>>;

export interface VisitRecord {
  readonly run: number;
  readonly node: string;
  readonly outcome: VisitOutcome;
  readonly reason: string | null;
  readonly state: { readonly id: number; readonly key: CacheKey } | null;
}

/** The state that a node came to in a run, by its row. */
export interface NodeState {
  readonly node: string;
  readonly state: number;
  readonly key: CacheKey;
}

/** How the instances of one name (`train-fold`, of `train-fold@fold=3`) fared in a run. */
export interface VisitGroup {
  readonly name: string;
  readonly counts: VisitCounts;
}

/**
 * A node has no index of its own: its latest visit is found by asking the runs, newest first, and there are few runs.
 */
export class VisitReader {
  readonly #queries: Queries;
  readonly #names: Names;

  constructor(queries: Queries, names: Names) {
    this.#queries = queries;
    this.#names = names;
  }

  counts(run: number): VisitCounts {
    const rows = this.#queries.all<{ outcome: VisitOutcome; n: number }>(
      `SELECT o.name AS outcome, c.n FROM (SELECT outcome, count(*) AS n FROM visit WHERE run = ? GROUP BY outcome) c
       JOIN visit_outcome o ON o.id = c.outcome`,
      run,
    );
    return countsOf(rows);
  }

  /** In the order of the names' first appearance in the record. */
  groups(run: number): readonly VisitGroup[] {
    const rows = this.#queries.all<{ name: string; outcome: VisitOutcome; n: number }>(
      `SELECT substr(n.text, 1, instr(n.text || '@', '@') - 1) AS name, o.name AS outcome, count(*) AS n
       FROM visit v CROSS JOIN name n ON n.id = v.node CROSS JOIN visit_outcome o ON o.id = v.outcome
       WHERE v.run = ? GROUP BY 1, 2 ORDER BY min(v.node)`,
      run,
    );
    const groups = new Map<string, typeof rows>();
    for (const row of rows) groups.set(row.name, [...(groups.get(row.name) ?? []), row]);
    return [...groups].map(([name, members]) => ({ name, counts: countsOf(members) }));
  }

  /** The node's visit in the run that began last; with `having: 'state'`, the latest that has a state. */
  latest(
    node: string,
    filter: {
      readonly having?: 'state';
      readonly pipeline?: PipelineId;
      readonly run?: number;
      /** Only in runs that are older than this one. */
      readonly before?: number;
    } = {},
  ): VisitRecord | undefined {
    const id = this.#names.find(node);
    if (id === undefined) return undefined;
    const pipeline = filter.pipeline === undefined ? null : (this.#names.find(filter.pipeline.name) ?? -1);
    const row = this.#queries.get<VisitRow>(
      `SELECT v.run, o.name AS outcome, q.text AS reason, v.state AS id, lower(hex(s.key)) AS key
       FROM run r CROSS JOIN visit v ON v.run = r.id AND v.node = ? CROSS JOIN visit_outcome o ON o.id = v.outcome
       LEFT JOIN visit_reason w ON w.run = v.run AND w.node = v.node LEFT JOIN name q ON q.id = w.reason
       LEFT JOIN state s ON s.id = v.state
       WHERE (? IS NULL OR r.id = ?) AND (? IS NULL OR (r.pipeline = ? AND r.source = ?)) AND (? = 0 OR v.state IS NOT NULL)
         AND (? IS NULL OR (r.started_at, r.id) < (SELECT o.started_at, o.id FROM run o WHERE o.id = ?))
       ORDER BY r.started_at DESC, r.id DESC LIMIT 1`,
      id,
      filter.run ?? null,
      filter.run ?? null,
      pipeline,
      pipeline,
      filter.pipeline?.source ?? null,
      filter.having === 'state' ? 1 : 0,
      filter.before ?? null,
      filter.before ?? null,
    );
    if (row === undefined) return undefined;
    return visitRecord(node, row);
  }

  /**
   * Ids of the states that the node had in these runs, which are listed newest first: each state once, by its latest
   * visit. None is newer than the state `upTo`.
   */
  states(node: string, runs: readonly number[], upTo: number): readonly number[] {
    const id = this.#names.find(node);
    if (id === undefined || runs.length === 0) return [];
    const rows = this.#queries.all<{ state: number }>(
      `SELECT v.state FROM json_each(?) j CROSS JOIN visit v ON v.run = j.value AND v.node = ?
       WHERE v.state <= ? ORDER BY j.key`,
      JSON.stringify(runs),
      id,
      upTo,
    );
    return [...new Set(rows.map(({ state }) => state))];
  }

  /**
   * The pipelines in whose runs the node was visited, or is being made, each with its latest such run; newest first.
   */
  whereabouts(node: string): readonly (PipelineId & { readonly latest: number })[] {
    const id = this.#names.find(node);
    if (id === undefined) return [];
    return this.#queries.all(
      `SELECT n.text AS name, r.source, max(r.id) AS latest FROM run r JOIN name n ON n.id = r.pipeline
       WHERE EXISTS (SELECT 1 FROM visit v WHERE v.run = r.id AND v.node = ?)
         OR (NOT EXISTS (SELECT 1 FROM run_end e WHERE e.run = r.id)
           AND NOT EXISTS (SELECT 1 FROM run_removal x WHERE x.run = r.id)
           AND EXISTS (SELECT 1 FROM attempt a WHERE a.run = r.id AND a.node = ?))
       GROUP BY r.pipeline, r.source ORDER BY latest DESC`,
      id,
      id,
    );
  }

  /** Every visit of a run, in the order of the nodes' first appearance in the record. */
  ofRun(run: number): readonly VisitRecord[] {
    const rows = this.#queries.all<VisitRow & { readonly node: string }>(
      `SELECT v.run, n.text AS node, o.name AS outcome, q.text AS reason, v.state AS id, lower(hex(s.key)) AS key
       FROM visit v JOIN name n ON n.id = v.node JOIN visit_outcome o ON o.id = v.outcome
       LEFT JOIN visit_reason w ON w.run = v.run AND w.node = v.node LEFT JOIN name q ON q.id = w.reason
       LEFT JOIN state s ON s.id = v.state
       WHERE v.run = ? ORDER BY v.node`,
      run,
    );
    return rows.map(({ node, ...row }) => visitRecord(node, row));
  }

  /** The states that a run's nodes came to: what `ofRun` says of them, and nothing else, for many runs at once. */
  statesOf(run: number): readonly NodeState[] {
    return this.#queries.all(
      `SELECT n.text AS node, v.state, lower(hex(s.key)) AS key
       FROM visit v CROSS JOIN name n ON n.id = v.node CROSS JOIN state s ON s.id = v.state WHERE v.run = ? ORDER BY v.node`,
      run,
    );
  }

  /** Names of the nodes that a run visited, for suggestions. */
  nodes(run: number, limit: number): readonly string[] {
    return this.#queries
      .all<{ text: string }>(
        'SELECT n.text FROM visit v JOIN name n ON n.id = v.node WHERE v.run = ? LIMIT ?',
        run,
        limit,
      )
      .map(({ text }) => text);
  }
}

interface VisitRow {
  readonly run: number;
  readonly outcome: VisitOutcome;
  readonly reason: string | null;
  readonly id: number | null;
  readonly key: CacheKey | null;
}

function visitRecord(node: string, { run, outcome, reason, id, key }: VisitRow): VisitRecord {
  return { run, node, outcome, reason, state: id === null ? null : { id, key: key! } };
}

function countsOf(rows: readonly { readonly outcome: VisitOutcome; readonly n: number }[]): VisitCounts {
  const counts = { hit: 0, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 };
  for (const { outcome, n } of rows) counts[outcome] += n;
  return counts;
}
