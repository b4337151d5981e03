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

  /** The node's latest attempt, in this run, in the runs of this pipeline, or in any. */
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
           AND (? IS NULL OR (r.pipeline = ? AND r.source = ?))
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

  /** In the order in which they were recorded. */
  metrics(attempt: number): readonly MetricRecord[] {
    const rows = this.#queries.all<Omit<MetricRecord, 'value'> & { readonly value: number | null }>(
      'SELECT n.text AS name, m.step, m.value FROM metric m JOIN name n ON n.id = m.name WHERE m.attempt = ? ORDER BY m.sequence',
      attempt,
    );
    return rows.map(({ value, ...row }) => ({ ...row, value: value ?? Number.NaN }));
  }

  /**
   * The last value of each metric of the states that a run's nodes came to, whichever run made them. In the order of the
   * nodes' and the metrics' first appearance in the record.
   */
  finalMetrics(run: number): readonly (MetricRecord & { readonly node: string })[] {
    const rows = this.#queries.all<{ node: string; name: string; step: number | null; value: number | null }>(
      `SELECT n.text AS node, k.text AS name, m.step, m.value, max(m.sequence)
       FROM visit v JOIN state s ON s.id = v.state JOIN metric m ON m.attempt = s.attempt
       JOIN name n ON n.id = v.node JOIN name k ON k.id = m.name
       WHERE v.run = ? GROUP BY v.node, m.name ORDER BY v.node, m.name`,
      run,
    );
    return rows.map(({ node, name, step, value }) => ({ node, name, step, value: value ?? Number.NaN }));
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
