/**
 * A cache of a real project, made as old as years of work make it: copies of its first run, of which each made 100
 * states of its own. Rows are written into the tables as they are, since 100,000 states through a run would take hours.
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';

export const YEARS_RUNS = 1000;
export const STATES_A_RUN = 100;
const HOUR_MS = 3_600_000;

/** The tables that have rows of a run's visits alone. */
const OF_VISITS = ['visit', 'visit_reason'];

export interface Growth {
  readonly runs: number;
  readonly states: number;
  /** Of the file, and of that what visits take. */
  readonly bytes: number;
  readonly visitBytes: number;
}

/** Adds runs to a cache that has one run, whose every node ran. */
export function growOld(directory: string): Growth {
  const db = new Database(join(directory, 'state.db'));
  try {
    db.pragma('synchronous = OFF');
    db.pragma('cache_size = -200000');
    const before = sizeOf(db);
    for (let run = 2; run <= YEARS_RUNS; run++) db.transaction(() => addRun(db, run))();
    db.pragma('wal_checkpoint(TRUNCATE)');
    const after = sizeOf(db);
    return {
      runs: YEARS_RUNS - 1,
      states: (YEARS_RUNS - 1) * STATES_A_RUN,
      bytes: after.bytes - before.bytes,
      visitBytes: after.visitBytes - before.visitBytes,
    };
  } finally {
    db.close();
  }
}

function sizeOf(db: Database.Database): Pick<Growth, 'bytes' | 'visitBytes'> {
  const of = (where: string): number =>
    db.prepare<[], number>(`SELECT coalesce(sum(pgsize), 0) FROM dbstat WHERE ${where}`).pluck().get()!;
  return { bytes: of('TRUE'), visitBytes: of(`name IN ('${OF_VISITS.join("', '")}')`) };
}

/** The last nodes of the first run have states of their own; the others are hits. */
function addRun(db: Database.Database, run: number): void {
  const at = run * HOUR_MS;
  db.exec(`
    INSERT INTO run SELECT ${run}, pipeline, source, argv, params, seed, backend, jobs, git_commit, git_dirty, environment,
      owner, started_at - ${YEARS_RUNS * HOUR_MS} + ${at} FROM run WHERE id = 1;
    INSERT INTO run_end SELECT ${run}, ended_at - ${YEARS_RUNS * HOUR_MS} + ${at}, outcome FROM run_end WHERE run = 1;
    INSERT INTO run_phase SELECT ${run}, name, started_at, ended_at FROM run_phase WHERE run = 1;
    INSERT INTO run_result SELECT ${run}, position, name, node, output FROM run_result WHERE run = 1;
    INSERT INTO visit SELECT ${run}, node, 1, state FROM visit
      WHERE run = 1 AND state <= (SELECT max(state) FROM visit WHERE run = 1) - ${STATES_A_RUN};`);
  const own = db
    .prepare<[], Own>(
      `SELECT v.state, v.node, s.attempt FROM visit v JOIN state s ON s.id = v.state
       WHERE v.run = 1 ORDER BY v.state DESC LIMIT ${STATES_A_RUN}`,
    )
    .all();
  for (const each of own.reverse()) addState(db, run, each);
}

interface Own {
  readonly state: number;
  readonly node: number;
  readonly attempt: number;
}

function addState(db: Database.Database, run: number, { state, node, attempt }: Own): void {
  const insert = (sql: string, ...values: readonly number[]): number =>
    Number(statement(db, sql).run(...values).lastInsertRowid);
  const made = insert(
    `INSERT INTO attempt (run, node, number, worker, started_at) SELECT ?, node, number, worker, started_at FROM attempt
     WHERE id = ?`,
    run,
    attempt,
  );
  insert(
    `INSERT INTO attempt_end SELECT ?, ended_at, compute, cpu_seconds, peak_bytes FROM attempt_end WHERE attempt = ?`,
    made,
    attempt,
  );
  const own = insert(
    `INSERT INTO state (key, stage, code, attempt, seconds, objects) SELECT randomblob(32), stage, code, ?, seconds, objects
     FROM state WHERE id = ?`,
    made,
    state,
  );
  const input = insert(`INSERT INTO field_value (digest, preview) VALUES (randomblob(32), hex(randomblob(4)))`);
  insert(
    `INSERT INTO state_field SELECT ?, f.name, CASE WHEN n.text LIKE 'in.%' THEN ? ELSE f.value END
     FROM state_field f JOIN name n ON n.id = f.name WHERE f.state = ?`,
    own,
    input,
    state,
  );
  insert(
    `INSERT INTO state_access SELECT ?, kind, detail, call, place, declared, count FROM state_access WHERE state = ?`,
    own,
    state,
  );
  insert(
    `INSERT INTO state_input SELECT ?, slot, position, artifact, producer, output, path FROM state_input WHERE state = ?`,
    own,
    state,
  );
  const output = insert(
    `INSERT INTO artifact (digest, bytes, place, content) SELECT randomblob(32), a.bytes, a.place, a.content
     FROM state_output o JOIN artifact a ON a.id = o.artifact WHERE o.state = ?`,
    state,
  );
  insert(`INSERT INTO state_output SELECT ?, name, kind, ? FROM state_output WHERE state = ?`, own, output, state);
  insert(`INSERT INTO plan_key VALUES (randomblob(32), ?)`, own);
  insert(`INSERT INTO visit VALUES (?, ?, 3, ?)`, run, node, own);
  insert(`INSERT INTO visit_reason SELECT ?, node, reason FROM visit_reason WHERE run = 1 AND node = ?`, run, node);
}

const statements = new Map<string, Database.Statement>();

function statement(db: Database.Database, sql: string): Database.Statement {
  let found = statements.get(sql);
  if (found?.database !== db) statements.set(sql, (found = db.prepare(sql)));
  return found;
}
