/** Reading runs: what was asked for, where, when, how it ended, and what took time around its nodes. */
import type { Artifact } from '../../core/artifact/artifact.ts';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import type { RunOutcome } from '../../events.ts';
import { mayBeAlive } from '../coordination/owner.ts';
import type { Queries } from '../database/statements.ts';
import type { RunPhase, RunResult } from '../record/facts.ts';
import { outcomeSql } from '../record/going-on.ts';

/** A pipeline as its runs record it: two files with pipelines of one name are two pipelines. */
export interface PipelineId {
  readonly name: string;
  /** Its file, relative to its project. */
  readonly source: string;
}

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

/** Which runs are listed. */
export interface RunRange {
  readonly limit: number;
  /** Runs with a lower number than this. */
  readonly before?: number | undefined;
  /** Of these pipelines; undefined for any. */
  readonly pipelines?: readonly PipelineId[] | undefined;
  /** Runs that began at this time or later, in milliseconds since 1970. */
  readonly since?: number | undefined;
  /** Runs that began at this time or earlier. */
  readonly until?: number | undefined;
}

/** A result of a run, with the output that it was; null where the run's node has no state. */
export interface ResultOutput extends RunResult {
  readonly artifact: (Artifact & { readonly kind: string }) | null;
}

/** How many runs are read at once where nobody knows how many are needed. */
const RUNS_AT_ONCE = 50;

/** By when they began: a state that came from a remote brings a run that is older than its number says. */
const LATEST_FIRST = 'ORDER BY r.started_at DESC, r.id DESC';
const OLDER_THAN = '(r.started_at, r.id) < (SELECT o.started_at, o.id FROM run o WHERE o.id = ?)';
const OF_PIPELINES = `(? IS NULL OR EXISTS (
  SELECT 1 FROM json_each(?) j WHERE j.value ->> 'name' = n.text AND j.value ->> 'source' = r.source))`;
/** Removed runs are in no list. */
const STAYING = 'NOT EXISTS (SELECT 1 FROM run_removal x WHERE x.run = r.id)';
const OF_NO_EXPERIMENT = `NOT EXISTS (SELECT 1 FROM study s WHERE s.run = r.id)
  AND NOT EXISTS (SELECT 1 FROM study_branch b WHERE b.run = r.id)`;

export class RunReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** The highest number first. */
  list({ limit, before, pipelines, since, until }: RunRange): readonly RunRecord[] {
    return this.#queries
      .all<RunRow>(
        `${RUN} WHERE r.id < ? AND r.started_at >= ? AND r.started_at <= ? AND ${STAYING} AND ${OF_PIPELINES}
         ORDER BY r.id DESC LIMIT ?`,
        before ?? Number.MAX_SAFE_INTEGER,
        since ?? Number.MIN_SAFE_INTEGER,
        until ?? Number.MAX_SAFE_INTEGER,
        ...namedIn(pipelines),
        limit,
      )
      .map(runRecord);
  }

  /** As `list`, as many as there are; read as they are asked for. */
  *newestFirst(range: Omit<RunRange, 'limit'> = {}): Generator<RunRecord, void> {
    let before = range.before;
    for (;;) {
      const page = this.list({ ...range, limit: RUNS_AT_ONCE, ...(before === undefined ? {} : { before }) });
      yield* page;
      if (page.length < RUNS_AT_ONCE) return;
      before = page.at(-1)!.id;
    }
  }

  /** Also of a run that was removed, since it may have made a state. */
  get(id: number): RunRecord | undefined {
    const row = this.#queries.get<RunRow>(`${RUN} WHERE r.id = ?`, id);
    return row === undefined ? undefined : runRecord(row);
  }

  /** For a number that somebody gives: undefined for a run that was removed, too. */
  listed(id: number): RunRecord | undefined {
    return this.removedAt(id) === undefined ? this.get(id) : undefined;
  }

  /** When "restage rm" removed the run, in milliseconds since 1970; undefined if it did not. */
  removedAt(id: number): number | undefined {
    return this.#queries.get<{ at: number }>('SELECT at FROM run_removal WHERE run = ?', id)?.at;
  }

  /** Numbers of the removed runs that began at this time. */
  removedOf(startedAt: number): readonly number[] {
    const sql = 'SELECT r.id FROM run_removal x JOIN run r ON r.id = x.run WHERE r.started_at = ?';
    return this.#queries.all<{ id: number }>(sql, startedAt).map(({ id }) => id);
  }

  /**
   * The latest run that somebody asked for by itself; runs of an experiment count only where there are no others, since
   * an experiment ends with many of them.
   */
  latestOfAll(): RunRecord | undefined {
    const row = this.#queries.get<RunRow>(`${RUN} WHERE ${STAYING} AND ${OF_NO_EXPERIMENT} ${LATEST_FIRST} LIMIT 1`);
    return row === undefined ? this.list({ limit: 1 })[0] : runRecord(row);
  }

  latest({ name, source }: PipelineId): RunRecord | undefined {
    const row = this.#queries.get<RunRow>(
      `${RUN} WHERE n.text = ? AND r.source = ? AND ${STAYING} ${LATEST_FIRST} LIMIT 1`,
      name,
      source,
    );
    return row === undefined ? undefined : runRecord(row);
  }

  /** The latest run of a pipeline that is older than this one. */
  before(run: number, pipeline: PipelineId): RunRecord | undefined {
    return this.#before(run, pipeline, 'TRUE');
  }

  /** The same, of those that are of no experiment. */
  beforeOfNoExperiment(run: number, pipeline: PipelineId): RunRecord | undefined {
    return this.#before(run, pipeline, OF_NO_EXPERIMENT);
  }

  #before(run: number, { name, source }: PipelineId, condition: string): RunRecord | undefined {
    const row = this.#queries.get<RunRow>(
      `${RUN} WHERE ${OLDER_THAN} AND n.text = ? AND r.source = ? AND ${STAYING} AND ${condition} ${LATEST_FIRST} LIMIT 1`,
      run,
      name,
      source,
    );
    return row === undefined ? undefined : runRecord(row);
  }

  /** The latest run of a pipeline's file. */
  latestOf(source: string): RunRecord | undefined {
    const row = this.#queries.get<RunRow>(`${RUN} WHERE r.source = ? AND ${STAYING} ${LATEST_FIRST} LIMIT 1`, source);
    return row === undefined ? undefined : runRecord(row);
  }

  /** Numbers of the latest runs of these pipelines, or of any, newest first. */
  latestIds(limit: number, pipelines?: readonly PipelineId[]): readonly number[] {
    return this.#queries
      .all<{ id: number }>(
        `SELECT r.id FROM run r JOIN name n ON n.id = r.pipeline WHERE ${STAYING} AND ${OF_PIPELINES}
         ${LATEST_FIRST} LIMIT ?`,
        ...namedIn(pipelines),
        limit,
      )
      .map(({ id }) => id);
  }

  /** Every pipeline that was run, each by its latest run, newest first. */
  pipelines(): readonly (PipelineId & { readonly latest: number })[] {
    return this.#queries.all(
      `SELECT n.text AS name, r.source, max(r.id) AS latest FROM run r JOIN name n ON n.id = r.pipeline
       WHERE ${STAYING} GROUP BY r.pipeline, r.source ORDER BY latest DESC`,
    );
  }

  /** What the host, the versions and the processor were, as they were recorded. */
  environment(run: number): unknown {
    const row = this.#queries.get<{ facts: string }>(
      'SELECT e.facts FROM run r JOIN environment e ON e.id = r.environment WHERE r.id = ?',
      run,
    );
    return row === undefined ? null : JSON.parse(row.facts);
  }

  /**
   * What a run is called in all caches, since its number is another one in each: the digest of what was asked for, who
   * made it and when it began.
   */
  idInAllCaches(run: number): Digest {
    const row = this.#queries.get<object>(
      `SELECT n.text AS pipeline, r.source, r.argv, r.params, r.seed, r.backend, r.jobs, r.git_commit, r.git_dirty,
         lower(hex(e.digest)) AS environment, r.owner, r.started_at
       FROM run r JOIN name n ON n.id = r.pipeline JOIN environment e ON e.id = r.environment WHERE r.id = ?`,
      run,
    );
    return sha256(JSON.stringify(Object.values(row!)));
  }

  /** What the run did before and around its nodes, in the order of beginning. */
  phases(run: number): readonly RunPhase[] {
    return this.#queries.all(
      `SELECT n.text AS name, p.started_at AS startedAt, p.ended_at AS endedAt
       FROM run_phase p JOIN name n ON n.id = p.name WHERE p.run = ? ORDER BY p.started_at, p.name`,
      run,
    );
  }

  /** The pipeline's results as this run had them; none of a run by a restage that did not record them. */
  results(run: number): readonly RunResult[] {
    return this.#queries.all(
      `SELECT n.text AS name, m.text AS node, o.text AS output
       FROM run_result r JOIN name n ON n.id = r.name JOIN name m ON m.id = r.node JOIN name o ON o.id = r.output
       WHERE r.run = ? ORDER BY r.position`,
      run,
    );
  }

  /** The same with the outputs, in one question. */
  resultOutputs(run: number): readonly ResultOutput[] {
    const rows = this.#queries.all<RunResult & { kind: string | null; digest: Digest; bytes: number; inline: Buffer }>(
      `SELECT n.text AS name, m.text AS node, o.text AS output, k.text AS kind, lower(hex(a.digest)) AS digest, a.bytes,
         a.content AS inline
       FROM run_result r JOIN name n ON n.id = r.name JOIN name m ON m.id = r.node JOIN name o ON o.id = r.output
       LEFT JOIN visit v ON v.run = r.run AND v.node = r.node
       LEFT JOIN state_output t ON t.state = v.state AND t.name = r.output
       LEFT JOIN artifact a ON a.id = t.artifact LEFT JOIN name k ON k.id = t.kind
       WHERE r.run = ? ORDER BY r.position`,
      run,
    );
    return rows.map(({ name, node, output, kind, ...artifact }) => ({
      name,
      node,
      output,
      artifact: kind === null ? null : { kind, ...artifact },
    }));
  }

  /** The latest run of an owner, such as the holder of a lease; undefined if it has made none. */
  ofOwner(owner: string): number | undefined {
    return this.#queries.get<{ id: number }>('SELECT id FROM run WHERE owner = ? ORDER BY id DESC LIMIT 1', owner)?.id;
  }
}

const RUN = `SELECT r.id, n.text AS pipeline, r.source, r.argv, r.params, r.seed, r.backend, r.jobs, r.git_commit, r.git_dirty,
  r.owner, r.started_at, e.ended_at, ${outcomeSql('r.id', 'e.outcome')} AS outcome
  FROM run r JOIN name n ON n.id = r.pipeline LEFT JOIN run_end e ON e.run = r.id`;

/** What is asked for by `OF_PIPELINES`. */
function namedIn(pipelines: readonly PipelineId[] | undefined): readonly (string | null)[] {
  return new Array<string | null>(2).fill(pipelines === undefined ? null : JSON.stringify(pipelines));
}

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
