/**
 * Reading the record: runs, visits, attempts, and one step of lineage. Nothing here writes.
 *
 * Every query goes down an index that exists, or over the rows of one run. A node has no index of its own: its latest
 * visit is found by asking the runs, newest first, and there are few runs.
 */
import type { Artifact } from '../../core/artifact/artifact.ts';
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import type { FailureClass } from '../../core/authoring/policy.ts';
import type { RunOutcome, VisitOutcome } from '../../events.ts';
import type { SqliteDatabase } from '../database/database.ts';
import { mayBeAlive } from '../coordination/owner.ts';

export interface RunRecord {
  readonly id: number;
  readonly pipeline: string;
  readonly source: string;
  readonly argv: readonly string[];
  readonly params: unknown;
  readonly seed: number;
  readonly backend: string;
  readonly jobs: number;
  readonly commit: string | null;
  readonly dirty: boolean | null;
  readonly startedAt: number;
  readonly endedAt: number | null;
  /** `running` has no end yet; `died` never will. */
  readonly outcome: RunOutcome | 'running' | 'died';
}

export type VisitCounts = Readonly<Record<VisitOutcome, number>>;

export interface VisitRecord {
  readonly run: number;
  readonly node: string;
  readonly outcome: VisitOutcome;
  readonly reason: string | null;
  readonly state: { readonly id: number; readonly key: CacheKey } | null;
}

/** How the instances of one name (`train-fold`, of `train-fold@fold=3`) fared in a run. */
export interface VisitGroup {
  readonly name: string;
  readonly counts: VisitCounts;
}

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
  readonly failure: FailureRecord | null;
}

export interface FailureRecord {
  readonly class: FailureClass;
  readonly message: string;
  readonly stack: string | null;
  readonly exitCode: number | null;
  readonly signal: string | null;
}

export interface MetricRecord {
  readonly name: string;
  readonly step: number | null;
  readonly value: number;
}

export interface LogRecord {
  readonly at: number;
  readonly stream: 'log' | 'stdout' | 'stderr';
  readonly text: string;
}

export interface StateRecord {
  readonly id: number;
  readonly key: CacheKey;
  readonly stage: string;
  readonly seconds: number;
  readonly attempt: number;
  readonly code: { readonly digest: Digest; readonly module: string; readonly exportName: string };
}

export interface InputRecord {
  readonly slot: string;
  readonly index: number | null;
  readonly digest: Digest;
  readonly bytes: number;
  readonly from:
    | { readonly state: CacheKey; readonly stage: string; readonly node: string; readonly output: string }
    | { readonly path: string };
}

export interface ArtifactRecord extends Artifact {
  readonly place: 'inline' | 'object' | 'external';
}

/** An end of an edge between states: who makes or takes an artifact. */
export interface StateEnd {
  readonly state: CacheKey;
  readonly stage: string;
  readonly node: string;
  readonly slot: string;
  readonly kind: string | null;
}

export class History {
  readonly #db: SqliteDatabase;
  readonly #statements = new Map<string, AnyStatement>();

  constructor(db: SqliteDatabase) {
    this.#db = db;
  }

  /** Newest first. */
  runs(filter: { readonly limit: number; readonly tag?: string }): readonly RunRecord[] {
    const rows =
      filter.tag === undefined
        ? this.#all<RunRow>(`${RUN} ORDER BY r.id DESC LIMIT ?`, filter.limit)
        : this.#all<RunRow>(
            `${RUN} WHERE r.id IN (SELECT t.run FROM run_tag t JOIN name n ON n.id = t.tag WHERE n.text = ?)
             ORDER BY r.id DESC LIMIT ?`,
            filter.tag,
            filter.limit,
          );
    return rows.map(runRecord);
  }

  run(id: number): RunRecord | undefined {
    const row = this.#get<RunRow>(`${RUN} WHERE r.id = ?`, id);
    return row === undefined ? undefined : runRecord(row);
  }

  latestRun(pipeline: string): RunRecord | undefined {
    const row = this.#get<RunRow>(`${RUN} WHERE n.text = ? ORDER BY r.id DESC LIMIT 1`, pipeline);
    return row === undefined ? undefined : runRecord(row);
  }

  /** What the host, the versions and the processor were, as they were recorded. */
  environment(run: number): unknown {
    const row = this.#get<{ facts: string }>(
      'SELECT e.facts FROM run r JOIN environment e ON e.id = r.environment WHERE r.id = ?',
      run,
    );
    return row === undefined ? null : JSON.parse(row.facts);
  }

  counts(run: number): VisitCounts {
    const rows = this.#all<{ outcome: VisitOutcome; n: number }>(
      `SELECT o.name AS outcome, c.n FROM (SELECT outcome, count(*) AS n FROM visit WHERE run = ? GROUP BY outcome) c
       JOIN visit_outcome o ON o.id = c.outcome`,
      run,
    );
    return countsOf(rows);
  }

  /** In the order of the names' first appearance in the record. */
  visitGroups(run: number): readonly VisitGroup[] {
    const rows = this.#all<{ name: string; outcome: VisitOutcome; n: number }>(
      `SELECT substr(n.text, 1, instr(n.text || '@', '@') - 1) AS name, o.name AS outcome, count(*) AS n
       FROM visit v CROSS JOIN name n ON n.id = v.node CROSS JOIN visit_outcome o ON o.id = v.outcome
       WHERE v.run = ? GROUP BY 1, 2 ORDER BY min(v.node)`,
      run,
    );
    const groups = new Map<string, typeof rows>();
    for (const row of rows) groups.set(row.name, [...(groups.get(row.name) ?? []), row]);
    return [...groups].map(([name, members]) => ({ name, counts: countsOf(members) }));
  }

  /** The nodes that a run ended up with as failed, each with its last attempt. */
  failures(run: number): readonly AttemptRecord[] {
    const rows = this.#all<AttemptRow>(
      `${ATTEMPT} WHERE a.id IN (
         SELECT max(x.id) FROM attempt x JOIN visit v ON v.run = x.run AND v.node = x.node
         WHERE x.run = ? AND v.outcome = (SELECT id FROM visit_outcome WHERE name = 'failed') GROUP BY x.node)
       ORDER BY a.id`,
      run,
    );
    return rows.map(attemptRecord);
  }

  /** The node's latest visit; with `having: 'state'`, the latest that came to a state. */
  latestVisit(
    node: string,
    filter: { readonly having?: 'state'; readonly pipeline?: string; readonly run?: number } = {},
  ): VisitRecord | undefined {
    const id = this.#name(node);
    if (id === undefined) return undefined;
    const pipeline = filter.pipeline === undefined ? null : (this.#name(filter.pipeline) ?? -1);
    const row = this.#get<VisitRow>(
      `SELECT v.run, o.name AS outcome, q.text AS reason, v.state AS id, lower(hex(s.key)) AS key
       FROM run r CROSS JOIN visit v ON v.run = r.id AND v.node = ? CROSS JOIN visit_outcome o ON o.id = v.outcome
       LEFT JOIN visit_reason w ON w.run = v.run AND w.node = v.node LEFT JOIN name q ON q.id = w.reason
       LEFT JOIN state s ON s.id = v.state
       WHERE (? IS NULL OR r.id = ?) AND (? IS NULL OR r.pipeline = ?) AND (? = 0 OR v.state IS NOT NULL)
       ORDER BY r.id DESC LIMIT 1`,
      id,
      filter.run ?? null,
      filter.run ?? null,
      pipeline,
      pipeline,
      filter.having === 'state' ? 1 : 0,
    );
    if (row === undefined) return undefined;
    const { run, outcome, reason } = row;
    return { run, node, outcome, reason, state: row.id === null ? null : { id: row.id, key: row.key! } };
  }

  /** The node's latest attempt, in this run or in any. */
  latestAttempt(node: string, run?: number): AttemptRecord | undefined {
    const id = this.#name(node);
    if (id === undefined) return undefined;
    const row = this.#get<AttemptRow>(
      `${ATTEMPT} WHERE a.id = (
         SELECT a.id FROM run r CROSS JOIN attempt a ON a.run = r.id AND a.node = ? WHERE (? IS NULL OR r.id = ?)
         ORDER BY r.id DESC, a.id DESC LIMIT 1)`,
      id,
      run ?? null,
      run ?? null,
    );
    return row === undefined ? undefined : attemptRecord(row);
  }

  attempt(id: number): AttemptRecord | undefined {
    const row = this.#get<AttemptRow>(`${ATTEMPT} WHERE a.id = ?`, id);
    return row === undefined ? undefined : attemptRecord(row);
  }

  /** In the order in which they were recorded. */
  metrics(attempt: number): readonly MetricRecord[] {
    return this.#all(
      'SELECT n.text AS name, m.step, m.value FROM metric m JOIN name n ON n.id = m.name WHERE m.attempt = ? ORDER BY m.sequence',
      attempt,
    );
  }

  logLines(attempt: number): readonly LogRecord[] {
    return this.#all<LogRecord>('SELECT at, stream, text FROM log_line WHERE attempt = ? ORDER BY sequence', attempt);
  }

  state(id: number): StateRecord | undefined {
    const row = this.#get<StateRow>(
      `SELECT s.id, lower(hex(s.key)) AS key, n.text AS stage, s.seconds, s.attempt,
         lower(hex(c.digest)) AS digest, c.module, c.export
       FROM state s JOIN name n ON n.id = s.stage JOIN code c ON c.id = s.code WHERE s.id = ?`,
      id,
    );
    if (row === undefined) return undefined;
    const { digest, module, export: exportName, ...state } = row;
    return { ...state, code: { digest, module, exportName } };
  }

  /** States whose key starts with these hex digits: at most `limit`. */
  statesByPrefix(prefix: string, limit = 10): readonly { readonly id: number; readonly key: CacheKey }[] {
    return this.#all(
      'SELECT id, lower(hex(key)) AS key FROM state WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?',
      ...bounds(prefix),
      limit,
    );
  }

  /** The latest states of a stage, newest first. */
  statesOfStage(stage: string, limit: number): readonly { readonly id: number; readonly key: CacheKey }[] {
    const id = this.#name(stage);
    return id === undefined
      ? []
      : this.#all('SELECT id, lower(hex(key)) AS key FROM state WHERE stage = ? ORDER BY id DESC LIMIT ?', id, limit);
  }

  artifactsByPrefix(prefix: string, limit = 10): readonly ArtifactRecord[] {
    return this.#all(
      `SELECT lower(hex(digest)) AS digest, bytes, place, content AS inline FROM artifact
       WHERE digest BETWEEN ? AND ? ORDER BY digest LIMIT ?`,
      ...bounds(prefix),
      limit,
    );
  }

  /** Where the state's inputs came from: one step up. */
  inputs(state: number): readonly InputRecord[] {
    const rows = this.#all<InputRow>(
      `SELECT n.text AS slot, i.position, lower(hex(a.digest)) AS digest, a.bytes, i.path,
         nullif(lower(hex(p.key)), '') AS producer, g.text AS stage, m.text AS node, o.text AS output
       FROM state_input i JOIN name n ON n.id = i.slot JOIN artifact a ON a.id = i.artifact
       LEFT JOIN state p ON p.id = i.producer LEFT JOIN name g ON g.id = p.stage LEFT JOIN name o ON o.id = i.output
       LEFT JOIN attempt t ON t.id = p.attempt LEFT JOIN name m ON m.id = t.node
       WHERE i.state = ? ORDER BY n.text, i.position`,
      state,
    );
    return rows.map(({ slot, position, digest, bytes, path, producer, stage, node, output }) => ({
      slot,
      index: position < 0 ? null : position,
      digest,
      bytes,
      from: producer === null ? { path: path ?? '' } : { state: producer, stage: stage!, node: node!, output: output! },
    }));
  }

  /** Which states took an output of this one: one step down. */
  consumers(state: number, limit: number): readonly StateEnd[] {
    return this.#all(
      `SELECT DISTINCT lower(hex(s.key)) AS state, g.text AS stage, m.text AS node, n.text AS slot, NULL AS kind
       FROM state_input i JOIN state s ON s.id = i.state JOIN name g ON g.id = s.stage JOIN name n ON n.id = i.slot
       JOIN attempt t ON t.id = s.attempt JOIN name m ON m.id = t.node
       WHERE i.producer = ? ORDER BY s.id LIMIT ?`,
      state,
      limit,
    );
  }

  /** Which states have this artifact as an output, under which name. */
  producers(digest: Digest, limit: number): readonly StateEnd[] {
    return this.#all(
      `SELECT lower(hex(s.key)) AS state, g.text AS stage, m.text AS node, n.text AS slot, k.text AS kind
       FROM artifact a JOIN state_output o ON o.artifact = a.id JOIN state s ON s.id = o.state
       JOIN name g ON g.id = s.stage JOIN name n ON n.id = o.name JOIN name k ON k.id = o.kind
       JOIN attempt t ON t.id = s.attempt JOIN name m ON m.id = t.node
       WHERE a.digest = ? ORDER BY s.id LIMIT ?`,
      Buffer.from(digest, 'hex'),
      limit,
    );
  }

  /** Names of the nodes that a run visited, for suggestions. */
  nodesOf(run: number, limit: number): readonly string[] {
    return this.#all<{ text: string }>(
      'SELECT n.text FROM visit v JOIN name n ON n.id = v.node WHERE v.run = ? LIMIT ?',
      run,
      limit,
    ).map(({ text }) => text);
  }

  #name(text: string): number | undefined {
    return this.#get<{ id: number }>('SELECT id FROM name WHERE text = ?', text)?.id;
  }

  #all<Row>(sql: string, ...params: readonly unknown[]): Row[] {
    return this.#statement(sql).all(...params) as Row[];
  }

  #get<Row>(sql: string, ...params: readonly unknown[]): Row | undefined {
    return this.#statement(sql).get(...params) as Row | undefined;
  }

  /** Prepared at its first use: a verb asks two or three questions, not all of them. */
  #statement(sql: string): AnyStatement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

interface AnyStatement {
  all(...params: readonly unknown[]): unknown[];
  get(...params: readonly unknown[]): unknown;
}

const RUN = `SELECT r.id, n.text AS pipeline, r.source, r.argv, r.params, r.seed, r.backend, r.jobs, r.git_commit, r.git_dirty,
  r.owner, r.started_at, e.ended_at, e.outcome
  FROM run r JOIN name n ON n.id = r.pipeline LEFT JOIN run_end e ON e.run = r.id`;

const ATTEMPT = `SELECT a.id, a.run, n.text AS node, a.number, w.text AS worker, a.started_at, e.ended_at, c.text AS compute,
  e.cpu_seconds, e.peak_bytes, f.class, f.message, f.stack, f.exit_code, f.signal
  FROM attempt a JOIN name n ON n.id = a.node JOIN name w ON w.id = a.worker LEFT JOIN attempt_end e ON e.attempt = a.id
  LEFT JOIN name c ON c.id = e.compute LEFT JOIN attempt_failure f ON f.attempt = a.id`;

interface RunRow {
  readonly id: number;
  readonly pipeline: string;
  readonly source: string;
  readonly argv: string;
  readonly params: string;
  readonly seed: number;
  readonly backend: string;
  readonly jobs: number;
  readonly git_commit: string | null;
  readonly git_dirty: number | null;
  readonly owner: string;
  readonly started_at: number;
  readonly ended_at: number | null;
  readonly outcome: RunOutcome | null;
}

interface VisitRow {
  readonly run: number;
  readonly outcome: VisitOutcome;
  readonly reason: string | null;
  readonly id: number | null;
  readonly key: CacheKey | null;
}

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

interface StateRow extends Omit<StateRecord, 'code'> {
  readonly digest: Digest;
  readonly module: string;
  readonly export: string;
}

interface InputRow {
  readonly slot: string;
  readonly position: number;
  readonly digest: Digest;
  readonly bytes: number;
  readonly path: string | null;
  readonly producer: CacheKey | null;
  readonly stage: string | null;
  readonly node: string | null;
  readonly output: string | null;
}

function runRecord(row: RunRow): RunRecord {
  const { id, pipeline, source, seed, backend, jobs } = row;
  return {
    id,
    pipeline,
    source,
    argv: JSON.parse(row.argv) as readonly string[],
    params: JSON.parse(row.params),
    seed,
    backend,
    jobs,
    commit: row.git_commit,
    dirty: row.git_dirty === null ? null : row.git_dirty !== 0,
    startedAt: row.started_at,
    endedAt: row.ended_at,
    outcome: row.outcome ?? (mayBeAlive(row.owner) ? 'running' : 'died'),
  };
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

function countsOf(rows: readonly { readonly outcome: VisitOutcome; readonly n: number }[]): VisitCounts {
  const counts = { hit: 0, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 };
  for (const { outcome, n } of rows) counts[outcome] += n;
  return counts;
}

/** The least and the greatest digest that start with these hex digits. */
function bounds(prefix: string): readonly [Buffer, Buffer] {
  return [Buffer.from(prefix.padEnd(64, '0'), 'hex'), Buffer.from(prefix.padEnd(64, 'f'), 'hex')];
}
