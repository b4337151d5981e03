/**
 * A cache that every restage up to a schema has used: after each migration come rows in the tables that it made, in the
 * SQL of that time. What is meant to fit together does: keys are those of their fields, digests those of their bytes.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { cacheKey, type Field } from '../../../src/core/identity/cache-key.ts';
import { type Digest, sha256 } from '../../../src/core/identity/digest.ts';
import { effectKey } from '../../../src/core/statistics/effect-record.ts';
import { applyMigrations } from '../../../src/store/database/migrations.ts';

const APPLICATION_ID = 0x72737467;
const AT = 1_700_000_000_000;
const FILE = sha256('a file of the user');

/**
 * What a migration made room for, by the schema that it led to. A migration that only makes views or indexes has no
 * rows.
 */
const ROWS: ReadonlyMap<number, string> = new Map([
  [1, initialRows()],
  [2, `INSERT INTO run_phase (run, name, started_at, ended_at) VALUES (1, 1, ${AT}, ${AT + 1});`],
  [3, fileMemo(', device', ', 7')],
  [4, `INSERT INTO metric (attempt, sequence, name, step, value) VALUES (2, 2, 9, 2, NULL);`],
  [
    5,
    `INSERT INTO name (id, text) VALUES (50, 'clock'), (51, 'Date.now');
     UPDATE state_access SET kind = 50, detail = 51, call = 51, count = 1 WHERE state = 2;`,
  ],
  [6, `INSERT INTO run_result (run, position, name, node, output) VALUES (1, 0, 8, 4, 8);`],
  [7, `INSERT INTO verification (id, state, at, verdict, detail, environment) VALUES (1, 1, ${AT}, 'same', '{}', 1);`],
  [
    8,
    `INSERT INTO equivalence (id, kind, key, state, pipeline, source, node, stage, code, changes, inputs, message, relative,
       ulp, at, environment)
       VALUES (1, 'accepted', ${blob(sha256('another key'))}, 2, 1, 'toy.ts', 4, 5, 2, '[]', NULL, 'a rename', 0, 0, ${AT}, 1);
     INSERT INTO equivalence_end (equivalence, at, made, message, environment) VALUES (1, ${AT}, NULL, 'not so', 1);
     INSERT INTO equivalence_check (id, equivalence, at, verdict, detail, environment) VALUES (1, 1, ${AT}, 'ulp', '{}', 1);
     INSERT INTO code_program (code, program, schema) VALUES (1, ${blob(sha256('program'))}, 1);`,
  ],
  [
    9,
    `INSERT INTO verification (id, state, at, verdict, detail, environment) VALUES (2, 2, ${AT}, 'statistical', '{}', 1);
     ${artifact(20, '[]')}
     INSERT INTO state_trace (state, artifact) VALUES (2, 20);`,
  ],
  [
    10,
    `INSERT INTO name (id, text) VALUES (60, 'tricks'), (61, 'base');
     INSERT INTO study (run, name, definition)
       VALUES (1, 60, '{"branches":[{"name":"base","parent":null,"changes":[]}],"seeds":[0,1],"metrics":[]}');
     INSERT INTO study_branch (study, branch, seed, run, missing) VALUES (1, 61, 0, 2, '[]'), (1, 61, 1, NULL, '["fit"]');
     INSERT INTO run_origin (run, parent, node) VALUES (2, 1, 2);`,
  ],
  [11, effectRows()],
  [
    13,
    `INSERT INTO eviction (artifact, at) VALUES (30, ${AT});
     INSERT INTO run_pin (run, at, note) VALUES (1, ${AT}, 'the numbers of the paper');
     INSERT INTO state_pin (state, at, note) VALUES (2, ${AT}, '');`,
  ],
  [
    16,
    `INSERT INTO run (id, pipeline, source, argv, params, seed, backend, jobs, environment, owner, started_at)
       VALUES (4, 1, 'toy.ts', '[]', '{}', 0, 'none', 2, 1, 'host/boot/1/1/1', ${AT});
     INSERT INTO run_removal (run, at) VALUES (4, ${AT});`,
  ],
]);

function fileMemo(columns = '', values = ''): string {
  return `INSERT INTO file_memo (path, size, mtime_ns, ctime_ns, inode, hashed_at, digest${columns})
    VALUES ('/data/labels.csv', 18, 1, 1, 1, ${AT}, ${blob(FILE)}${values});`;
}

function blob(digest: string): string {
  return `x'${digest}'`;
}

function artifact(id: number, text: string): string {
  const content = Buffer.from(text);
  return `INSERT INTO artifact (id, digest, bytes, place, content)
    VALUES (${id}, ${blob(sha256(content))}, ${content.byteLength}, 'inline', ${blob(content.toString('hex'))});`;
}

/** A state with the fields that its key is made of. */
function state(id: number, stage: number, fields: readonly (readonly [name: number, text: string, digest: Digest])[]) {
  const all: readonly Field[] = fields.map(([, name, digest]) => ({ name, digest, preview: '' }));
  const values = fields.map(
    ([name, , digest], index) => `
    INSERT INTO field_value (id, digest, preview) VALUES (${10 * id + index}, ${blob(digest)}, '${id}');
    INSERT INTO state_field (state, name, value) VALUES (${id}, ${name}, ${10 * id + index});`,
  );
  return `INSERT INTO state (id, key, stage, code, attempt, seconds, objects)
    VALUES (${id}, ${blob(cacheKey(all))}, ${stage}, ${id}, ${id}, 1.5, 0);${values.join('')}`;
}

/** Run 1 made `data` and, of it and a file, `fit`; in run 2 `fit` failed; run 3 was killed. */
function initialRows(): string {
  const [data, slope, bundle, source] = ['[1,2,3]', '42', 'export default 1', 'source'];
  const codes = ['toy/data', 'toy/fit'].map((stage) => sha256(`code of ${stage}`));
  return `
    INSERT INTO name (id, text) VALUES (1, 'toy'), (2, 'data'), (3, 'toy/data'), (4, 'fit'), (5, 'toy/fit'), (6, 'worker-1'),
      (7, 'json'), (8, 'slope'), (9, 'loss'), (10, 'stage'), (11, 'code'), (12, 'in.values'), (13, 'in.labels'),
      (14, 'values'), (15, 'labels'), (16, 'param.rate'), (17, 'param.rate 1 -> 2'), (18, 'good'), (19, 'portable 1 cpu');
    ${artifact(1, data)} ${artifact(2, slope)} ${artifact(3, bundle)} ${artifact(4, source)}
    INSERT INTO artifact (id, digest, bytes, place, content) VALUES (5, ${blob(FILE)}, 18, 'external', NULL);
    INSERT INTO code (id, digest, stage, module, export, bundle, recorded_at)
      VALUES (1, ${blob(codes[0]!)}, 3, 'toy.ts', 'data', 3, ${AT}), (2, ${blob(codes[1]!)}, 5, 'toy.ts', 'fit', 3, ${AT});
    INSERT INTO code_source (code, path, artifact) VALUES (1, 'toy.ts', 4), (2, 'toy.ts', 4);
    INSERT INTO environment (id, digest, facts) VALUES (1, ${blob(sha256('{"host":"here"}'))}, '{"host":"here"}');
    INSERT INTO run (id, pipeline, source, argv, params, seed, backend, jobs, git_commit, git_dirty, environment, owner,
      started_at) VALUES
      (1, 1, 'toy.ts', '["restage","run","toy.ts"]', '{"rate":1}', 0, 'none', 2, NULL, NULL, 1, 'host/boot/1/1/1', ${AT}),
      (2, 1, 'toy.ts', '["restage","run","toy.ts"]', '{"rate":2}', 0, 'none', 2, NULL, NULL, 1, 'host/boot/1/1/1', ${AT}),
      (3, 1, 'toy.ts', '["restage","run","toy.ts"]', '{"rate":1}', 0, 'none', 2, NULL, NULL, 1, 'host/boot/1/1/1', ${AT});
    INSERT INTO run_end (run, ended_at, outcome) VALUES (1, ${AT + 4000}, 'ok'), (2, ${AT + 4000}, 'failed');
    INSERT INTO attempt (id, run, node, number, worker, started_at)
      VALUES (1, 1, 2, 1, 6, ${AT}), (2, 1, 4, 1, 6, ${AT + 1500}), (3, 2, 4, 1, 6, ${AT}), (4, 3, 4, 1, 6, ${AT});
    INSERT INTO attempt_end (attempt, ended_at, compute, cpu_seconds, peak_bytes)
      VALUES (1, ${AT + 1500}, NULL, 0.5, NULL), (2, ${AT + 3000}, 19, 1.25, 4096), (3, ${AT + 10}, NULL, NULL, NULL);
    INSERT INTO attempt_failure (attempt, class, message, stack, exit_code, signal)
      VALUES (3, 'error', 'It went wrong.', NULL, NULL, NULL);
    INSERT INTO metric (attempt, sequence, name, step, value) VALUES (2, 0, 9, 0, 0.5), (2, 1, 9, 1, -9e999);
    INSERT INTO log_line (attempt, sequence, at, stream, text) VALUES (2, 0, ${AT}, 'log', 'working on fit');
    ${state(1, 3, [
      [10, 'stage', sha256('toy/data')],
      [11, 'code', codes[0]!],
    ])}
    ${state(2, 5, [
      [10, 'stage', sha256('toy/fit')],
      [11, 'code', codes[1]!],
      [12, 'in.values', sha256(data)],
      [13, 'in.labels', FILE],
      [16, 'param.rate', sha256('1')],
    ])}
    INSERT INTO state_input (state, slot, position, artifact, producer, output, path)
      VALUES (2, 14, -1, 1, 1, 2, NULL), (2, 15, -1, 5, NULL, NULL, '/data/labels.csv');
    INSERT INTO state_output (state, name, kind, artifact) VALUES (1, 2, 7, 1), (2, 8, 7, 2);
    INSERT INTO plan_key (key, state) VALUES (${blob(sha256('plan'))}, 2);
    INSERT INTO visit (run, node, outcome, state) VALUES (1, 2, 3, 1), (1, 4, 3, 2), (2, 2, 1, 1), (2, 4, 4, NULL);
    INSERT INTO visit_reason (run, node, reason) VALUES (2, 4, 17);
    INSERT INTO state_tag (state, tag, at) VALUES (2, 18, ${AT});
    INSERT INTO run_tag (run, tag, at) VALUES (1, 18, ${AT});
    INSERT INTO lease (key, owner, heartbeat) VALUES (${blob(sha256('lease'))}, 'host/boot/1/1/1', ${AT});
    ${fileMemo()}
    INSERT INTO memo (key, kind, made_at, value) VALUES (${blob(sha256('memo'))}, 'definition', ${AT}, x'00');`;
}

function effectRows(): string {
  const inputs = '{"values":[]}';
  return `${artifact(30, inputs)} ${artifact(31, '{"rows":[]}')}
    INSERT INTO effect_table (id, key, inputs, content) VALUES (1, ${blob(effectKey(inputs))}, 30, 31);
    INSERT INTO effect_source (effect_table, state) VALUES (1, 2);
    INSERT INTO study_effect (study, position, effect_table) VALUES (1, 0, 1);
    INSERT INTO effect_file (digest, study, form) VALUES (${blob(sha256('a table'))}, 1, 'md');
    INSERT INTO study_branch_state (study, branch, seed, node, state) VALUES (1, 61, 1, 2, 1);`;
}

/** Makes a cache of this schema. */
export function makeOldCache(directory: string, schema: number): void {
  mkdirSync(directory, { recursive: true });
  const db = new Database(join(directory, 'state.db'));
  try {
    db.pragma('synchronous = OFF');
    db.pragma('foreign_keys = ON');
    db.transaction(() => {
      db.pragma('defer_foreign_keys = ON');
      for (let each = 1; each <= schema; each++) {
        applyMigrations(db, each - 1, each);
        db.exec(ROWS.get(each) ?? '');
      }
    })();
    db.pragma(`application_id = ${APPLICATION_ID}`);
  } finally {
    db.close();
  }
}

/** The rows of every table, with what a row has in each column. */
export function rowsOf(db: Database.Database): ReadonlyMap<string, readonly Readonly<Record<string, unknown>>[]> {
  const tables = db
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .pluck()
    .all();
  return new Map(
    tables.map((table) => [table, db.prepare<[], Readonly<Record<string, unknown>>>(`SELECT * FROM "${table}"`).all()]),
  );
}
