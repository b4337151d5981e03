/** Reading attempts: what each try at a node used, said, measured, and why it failed. */
import type { FailureClass } from '../../core/authoring/policy.ts';
import type { Failure } from '../../events.ts';
import type { Names } from '../database/names.ts';
import type { Queries } from '../database/statements.ts';
import type { PipelineId } from './runs.ts';

export interface AttemptRecord {
  readonly id: number;
  readonly run: number;
  readonly node: string;
  readonly number: number;
  readonly worker: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** Backend, its version and its device. */
  readonly compute: string | null;
  readonly cpuSeconds: number | null;
  readonly peakBytes: number | null;
  readonly failure: Failure | null;
}

export interface MetricRecord {
  readonly name: string;
  readonly step: number | null;
  /** NaN and infinities included. */
  readonly value: number;
}

export interface LogRecord {
  readonly at: number;
  readonly stream: 'log' | 'stdout' | 'stderr';
  readonly text: string;
}

export class AttemptReader {
  readonly #queries: Queries;
  readonly #names: Names;

  constructor(queries: Queries, names: Names) {
    this.#queries = queries;
    this.#names = names;
  }

  get(id: number): AttemptRecord | undefined {
    const row = this.#queries.get<AttemptRow>(`${ATTEMPT} WHERE a.id = ?`, id);
    return row === undefined ? undefined : attemptRecord(row);
  }

  /** The node's latest attempt, in this run, in the runs of this pipeline, or in any that was not removed. */
  latest(
    node: string,
    { run, pipeline }: { readonly run?: number; readonly pipeline?: PipelineId } = {},
  ): AttemptRecord | undefined {
    const id = this.#names.find(node);
    if (id === undefined) return undefined;
    const name = pipeline === undefined ? null : (this.#names.find(pipeline.name) ?? -1);
    const row = this.#queries.get<AttemptRow>(
      `${ATTEMPT} WHERE a.id = (
         SELECT a.id FROM run r CROSS JOIN attempt a ON a.run = r.id AND a.node = ? WHERE (? IS NULL OR r.id = ?)
           AND (? IS NULL OR (r.pipeline = ? AND r.source = ?)) AND NOT EXISTS (SELECT 1 FROM run_removal x WHERE x.run = r.id)
         ORDER BY r.id DESC, a.id DESC LIMIT 1)`,
      id,
      run ?? null,
      run ?? null,
      name,
      name,
      pipeline?.source ?? null,
    );
    return row === undefined ? undefined : attemptRecord(row);
  }

  /** The nodes that a run ended up with as failed, each with its last attempt. */
  failed(run: number): readonly AttemptRecord[] {
    const rows = this.#queries.all<AttemptRow>(
      `${ATTEMPT} WHERE a.id IN (
         SELECT max(x.id) FROM attempt x JOIN visit v ON v.run = x.run AND v.node = x.node
         WHERE x.run = ? AND v.outcome = (SELECT id FROM visit_outcome WHERE name = 'failed') GROUP BY x.node)
       ORDER BY a.id`,
      run,
    );
    return rows.map(attemptRecord);
  }

  /** All attempts of a run, in the order in which they began. */
  ofRun(run: number): readonly AttemptRecord[] {
    return this.#queries
      .all<AttemptRow>(`${ATTEMPT} WHERE a.run = ? ORDER BY a.started_at, a.id`, run)
      .map(attemptRecord);
  }

  /** In the order in which they were recorded. */
  metrics(attempt: number): readonly MetricRecord[] {
    const rows = this.#queries.all<Omit<MetricRecord, 'value'> & { readonly value: number | null }>(
      'SELECT n.text AS name, m.step, m.value FROM metric m JOIN name n ON n.id = m.name WHERE m.attempt = ? ORDER BY m.sequence',
      attempt,
    );
    return rows.map(({ value, ...row }) => ({ ...row, value: value ?? Number.NaN }));
  }

  /**
   * The last value of each metric of these states, by their rows, whichever run made them; in the order in which a
   * state recorded its metrics first. A state without metrics is not in it.
   */
  finalMetrics(states: Iterable<number>): ReadonlyMap<number, readonly MetricRecord[]> {
    const rows = this.#queries.all<{ state: number; name: string; step: number | null; value: number | null }>(
      `SELECT f.state, n.text AS name, m.step, m.value
       FROM (SELECT s.id AS state, m.attempt, m.name, min(m.sequence) AS first, max(m.sequence) AS last
             FROM json_each(?) j CROSS JOIN state s ON s.id = j.value CROSS JOIN metric m ON m.attempt = s.attempt
             GROUP BY s.id, m.name) f
       CROSS JOIN metric m ON m.attempt = f.attempt AND m.sequence = f.last JOIN name n ON n.id = f.name
       ORDER BY f.state, f.first`,
      JSON.stringify([...states]),
    );
    return byState(rows.map(({ state, name, step, value }) => ({ state, name, step, value: value ?? Number.NaN })));
  }

  /** Every value of the metrics of these states, as `finalMetrics`; of these metrics alone, if any are named. */
  metricHistories(states: Iterable<number>, names?: readonly string[]): ReadonlyMap<number, readonly MetricRecord[]> {
    const rows = this.#queries.all<{ state: number; name: string; step: number | null; value: number | null }>(
      `SELECT s.id AS state, n.text AS name, m.step, m.value
       FROM json_each(?) j CROSS JOIN state s ON s.id = j.value CROSS JOIN metric m ON m.attempt = s.attempt
       JOIN name n ON n.id = m.name
       WHERE ? IS NULL OR n.text IN (SELECT value FROM json_each(?)) ORDER BY s.id, m.sequence`,
      JSON.stringify([...states]),
      ...new Array<string | null>(2).fill(names === undefined ? null : JSON.stringify(names)),
    );
    return byState(rows.map(({ state, name, step, value }) => ({ state, name, step, value: value ?? Number.NaN })));
  }

  log(attempt: number): readonly LogRecord[] {
    return this.#queries.all<LogRecord>(
      'SELECT at, stream, text FROM log_line WHERE attempt = ? ORDER BY sequence',
      attempt,
    );
  }
}

const ATTEMPT = `SELECT a.id, a.run, n.text AS node, a.number, w.text AS worker, a.started_at, e.ended_at, c.text AS compute,
  e.cpu_seconds, e.peak_bytes, f.class, f.message, f.stack, f.exit_code, f.signal
  FROM attempt a JOIN name n ON n.id = a.node JOIN name w ON w.id = a.worker LEFT JOIN attempt_end e ON e.attempt = a.id
  LEFT JOIN name c ON c.id = e.compute LEFT JOIN attempt_failure f ON f.attempt = a.id`;

interface AttemptRow {
  readonly id: number;
  readonly run: number;
  readonly node: string;
  readonly number: number;
  readonly worker: string;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly compute: string | null;
  readonly cpu_seconds: number | null;
  readonly peak_bytes: number | null;
  readonly class: FailureClass | null;
  readonly message: string;
  readonly stack: string | null;
  readonly exit_code: number | null;
  readonly signal: string | null;
}

function attemptRecord(row: AttemptRow): AttemptRecord {
  const { id, run, node, number, worker, compute } = row;
  const { class: kind, message, stack, exit_code: exitCode, signal } = row;
  return {
    id,
    run,
    node,
    number,
    worker,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    compute,
    cpuSeconds: row.cpu_seconds,
    peakBytes: row.peak_bytes,
    failure: kind === null ? null : { class: kind, message, stack, exitCode, signal },
  };
}

function byState(
  rows: readonly (MetricRecord & { readonly state: number })[],
): ReadonlyMap<number, readonly MetricRecord[]> {
  const metrics = new Map<number, MetricRecord[]>();
  for (const { state, ...metric } of rows) {
    const known = metrics.get(state);
    if (known === undefined) metrics.set(state, [metric]);
    else known.push(metric);
  }
  return metrics;
}
