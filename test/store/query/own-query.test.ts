import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../../src/errors.ts';
import { newInMemory, type SqliteDatabase } from '../../../src/store/database/database.ts';
import { MIGRATIONS } from '../../../src/store/database/migrations.ts';
import { ask, type SqlValue } from '../../../src/store/query/own-query.ts';
import { VIEWS } from '../../../src/store/query/views.ts';

const DIGEST = 'ab'.repeat(32);

/** Run 1 makes `data` and `fit`, run 2 finds both and fails at `plot` twice, run 3 is a branch that has no end. */
function record(): SqliteDatabase {
  const db = newInMemory(MIGRATIONS.length);
  const names = 'toy data fit plot toy/data toy/fit out json loss worker-1 first best study base param'.split(' ');
  db.exec('DELETE FROM name');
  for (const [index, text] of names.entries()) db.prepare('INSERT INTO name VALUES (?, ?)').run(index + 1, text);
  db.exec(`
    INSERT INTO artifact VALUES (1, x'${DIGEST}', 13, 'inline', CAST('{"value":3.5}' AS BLOB)), (2, randomblob(32), 9, 'external', NULL);
    INSERT INTO code VALUES (1, x'${DIGEST}', 5, 'toy.ts', 'data', 1, 5);
    INSERT INTO environment VALUES (1, randomblob(32), '{}');
    INSERT INTO run VALUES
      (1, 1, 'toy.ts', '["restage","run"]', '{"rows":600,"train":{"learning_rate":0.5,"on":true,"sizes":[1,{"a":2}]},"none":null}',
        0, 'none', 2, NULL, NULL, 1, 'host', 1700000000123),
      (2, 1, 'toy.ts', '["restage","run"]', '{}', 0, 'none', 2, 'c0ffee', 1, 1, 'host', 1700000001000),
      (3, 1, 'toy.ts', '[]', '{}', 1, 'none', 2, NULL, NULL, 1, 'host', 1700000002000);
    INSERT INTO run_end VALUES (1, 1700000000623, 'ok'), (2, 1700000001999, 'failed');
    INSERT INTO run_origin VALUES (3, 1, NULL);
    INSERT INTO study VALUES (2, 13, '{}');
    INSERT INTO study_branch VALUES (2, 14, 1, 3, '[]');
    INSERT INTO run_tag VALUES (1, 12, 0), (1, 11, 0);
    INSERT INTO attempt VALUES (1, 1, 2, 1, 10, 0), (2, 1, 3, 1, 10, 0), (3, 2, 4, 1, 10, 0), (4, 2, 4, 2, 10, 0);
    INSERT INTO attempt_end VALUES (1, 1700000000500, NULL, 0.25, 1024);
    INSERT INTO attempt_failure VALUES (3, 'error', 'no paper', NULL, NULL, NULL), (4, 'error', 'no ink', NULL, NULL, NULL);
    INSERT INTO metric VALUES (2, 0, 9, 0, 0.5), (2, 1, 9, 1, NULL), (2, 2, 9, 2, 9e999);
    INSERT INTO state VALUES (1, x'${DIGEST}', 5, 1, 1, 1.5, 0), (2, randomblob(32), 6, 1, 2, 2.5, 0);
    INSERT INTO state_input VALUES (1, 7, -1, 2, NULL, NULL, 'data.csv'), (2, 2, 0, 1, 1, 7, NULL);
    INSERT INTO state_output VALUES (1, 7, 8, 1);
    INSERT INTO state_tag VALUES (1, 12, 0, 1);
    INSERT INTO visit VALUES (1, 2, 3, 1), (1, 3, 3, 2), (2, 2, 1, 1), (2, 3, 1, 2), (2, 4, 4, NULL);
    INSERT INTO visit_reason VALUES (2, 4, 11);
  `);
  return db;
}

const db = record();

function rowsOf(sql: string): readonly unknown[] {
  const { columns, rows } = ask(db, sql);
  return [...rows].map((row) => Object.fromEntries(row.map((value, index) => [columns[index]!, plain(value)])));
}

function plain(value: SqlValue): unknown {
  return typeof value === 'bigint' ? Number(value) : value;
}

function refusalOf(sql: string): string {
  try {
    return `answered: ${[...ask(db, sql).rows].length} rows`;
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
}

describe('the views of the record', () => {
  test.each(VIEWS)('$name has the columns that are described, in their order', ({ name, columns }) => {
    expect(ask(db, `SELECT * FROM ${name}`).columns).toEqual(columns.map(([column]) => column));
  });

  test.each(VIEWS)('every value of $name has the type that is described', ({ name, columns }) => {
    const types: Readonly<Record<string, string>> = { bigint: 'INTEGER', number: 'REAL', string: 'TEXT' };
    const rows = [...ask(db, `SELECT * FROM ${name}`).rows];
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows)
      for (const [index, [, type]] of columns.entries()) {
        const value = row[index] ?? null;
        if (value !== null && type !== 'ANY')
          expect([columns[index]![0], types[typeof value]]).toEqual([columns[index]![0], type]);
      }
  });

  test('a run has its times as texts, its tags, and the experiment and branch that it is of', () => {
    const asked = 'started_at, ended_at, seconds, outcome, tags, experiment, branch, parent FROM runs WHERE run';
    const none = { experiment: null, branch: null, parent: null };
    expect(rowsOf(`SELECT ${asked} = 1`)).toEqual([
      {
        ...{
          started_at: '2023-11-14T22:13:20.123Z',
          ended_at: '2023-11-14T22:13:20.623Z',
          seconds: 0.5,
          outcome: 'ok',
        },
        ...{ tags: '["best","first"]', ...none },
      },
    ]);
    expect(rowsOf(`SELECT ${asked} = 3`)).toEqual([
      {
        ...{ started_at: '2023-11-14T22:13:22.000Z', ended_at: null, seconds: null, outcome: null, tags: '[]' },
        ...{ experiment: 'study', branch: 'base', parent: 1 },
      },
    ]);
    expect(rowsOf('SELECT experiment, branch FROM runs WHERE run = 2')).toEqual([
      { experiment: 'study', branch: null },
    ]);
  });

  test('a time is told to the millisecond, whatever it is', () => {
    const told = db.prepare<[number], string>(`SELECT started_at FROM runs WHERE run = ?`).pluck();
    const put = db.prepare('UPDATE run SET started_at = ? WHERE id = 3');
    db.pragma('query_only = OFF');
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 253_402_300_799_999 }), (at) => {
        put.run(at);
        expect(told.get(3)).toBe(new Date(at).toISOString());
      }),
      { numRuns: 200 },
    );
    put.run(1_700_000_002_000);
  });

  test('a failed node has the words of its last attempt, and a hit the seconds that its state took', () => {
    expect(
      rowsOf('SELECT node, outcome, reason, stage, seconds, error FROM nodes WHERE run = 2 ORDER BY node'),
    ).toEqual([
      { node: 'data', outcome: 'hit', reason: null, stage: 'toy/data', seconds: 1.5, error: null },
      { node: 'fit', outcome: 'hit', reason: null, stage: 'toy/fit', seconds: 2.5, error: null },
      { node: 'plot', outcome: 'failed', reason: 'first', stage: null, seconds: null, error: 'no ink' },
    ]);
    expect(rowsOf(`SELECT key FROM nodes WHERE node = 'data' AND run = 2`)).toEqual([{ key: DIGEST }]);
  });

  test('a parameter is a leaf of groups, and an array is one value', () => {
    expect(rowsOf('SELECT name, type, value FROM params WHERE run = 1')).toEqual([
      { name: 'rows', type: 'integer', value: 600 },
      { name: 'train.learning_rate', type: 'real', value: 0.5 },
      { name: 'train.on', type: 'true', value: 1 },
      { name: 'train.sizes', type: 'array', value: '[1,{"a":2}]' },
      { name: 'none', type: 'null', value: null },
    ]);
  });

  test('a run that found a state has the metrics of the execution that made it', () => {
    expect(rowsOf('SELECT run, node, outcome, metric, step, value FROM metrics WHERE run = 2')).toEqual([
      { run: 2, node: 'fit', outcome: 'hit', metric: 'loss', step: 0, value: 0.5 },
      { run: 2, node: 'fit', outcome: 'hit', metric: 'loss', step: 1, value: null },
      { run: 2, node: 'fit', outcome: 'hit', metric: 'loss', step: 2, value: Infinity },
    ]);
  });

  test('an output has its content where that is JSON, and an input where it came from', () => {
    expect(rowsOf('SELECT node, output, kind, digest, json FROM artifacts')).toEqual([
      { node: 'data', output: 'out', kind: 'json', digest: DIGEST, json: '{"value":3.5}' },
    ]);
    expect(rowsOf('SELECT node, input, position, producer_node, output, path FROM lineage ORDER BY state')).toEqual([
      { node: 'data', input: 'out', position: null, producer_node: null, output: null, path: 'data.csv' },
      { node: 'fit', input: 'data', position: 0, producer_node: 'data', output: 'out', path: null },
    ]);
  });
});

describe('a query of the user', () => {
  test('keeps integers exact', () => {
    expect([...ask(db, 'SELECT 9007199254740993').rows]).toEqual([[9007199254740993n]]);
  });

  test.each([
    ['DELETE FROM run', 'a DELETE.'],
    ['  -- a word before\n/* and one more */ update run SET seed = 1', 'an UPDATE.'],
    ['WITH x AS (SELECT 1) DELETE FROM run', 'a WITH that writes.'],
    ["ATTACH 'x' AS y", 'an ATTACH.'],
    [
      'PRAGMA query_only = OFF',
      "a PRAGMA; a pragma that tells something is a table too, as in: SELECT * FROM pragma_table_info('runs').",
    ],
    ['VACUUM', 'a VACUUM.'],
    ["SELECT load_extension('x')", 'it would load an extension of SQLite, and restage loads none.'],
  ])('that would write or reach outside is refused: %s', (sql, end) => {
    expect(refusalOf(sql).endsWith(end)).toBe(true);
  });

  test('writes nothing, whatever words it has', () => {
    const words = [
      'SELECT',
      'WITH x AS (SELECT 1)',
      'INSERT INTO name VALUES (99, 99)',
      'DELETE FROM run',
      'EXPLAIN',
      '1',
      ';',
    ]
      .concat([
        'VALUES (1)',
        'FROM run',
        'UPDATE run SET seed = 9',
        'RETURNING 1',
        '--',
        '\n',
        'PRAGMA',
        'DROP TABLE name',
        '/*',
      ])
      .concat([
        "ATTACH ':memory:' AS a",
        'CREATE TEMP TABLE t AS SELECT 1',
        '*/',
        'REPLACE INTO name VALUES (1, 2)',
        '(',
        ')',
      ]);
    const databases = db.prepare(`SELECT name FROM pragma_database_list WHERE name <> 'temp'`).pluck();
    const before = db.serialize();
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 6 }), (chosen) => {
        refusalOf(chosen.join(' '));
        expect(db.inTransaction).toBe(false);
        expect(databases.all()).toEqual(['main']);
      }),
      { numRuns: 500 },
    );
    expect(db.serialize().equals(before)).toBe(true);
    expect(db.prepare('SELECT * FROM sqlite_temp_schema').all()).toEqual([]);
  });

  test.each([
    ['', 'The query is empty; write for example: SELECT * FROM runs (restage sql alone lists the views).'],
    ['SELECT 1; SELECT 2', 'it has more than one statement; ask one after the other.'],
    ['SELECT * FROM runs WHERE run = ?', 'it has a parameter such as ? or :name; write the value in its place.'],
    ['SELECT * FROM runs WHERE', 'it ends before it is complete; restage sql alone lists the views and their columns.'],
    ['SELEC 1', '"SELEC" (character 1) is not what SQL expects there.'],
    [`SELECT 'FROM' FROM runs -- FROM\nWHERE FROM x`, '"FROM" (line 2, character 7) is not what SQL expects there.'],
    ['SELECT run, (1 + ) FROM runs', '")" (character 18) is not what SQL expects there.'],
    [
      'SELECT * FROM runz',
      'there is no table runz (character 15) (did you mean "runs"?); restage sql alone lists the views and their columns.',
    ],
    [
      'SELECT n.outcom FROM nodes n',
      'there is no column n.outcom (character 8) (did you mean "outcome"?); restage sql alone lists the views and their columns.',
    ],
    [
      'SELECT outcome, name FROM metrics',
      'there is no column name (character 17), which is a column of params; restage sql alone lists the views and their columns.',
    ],
    [
      'SELECT metrc FROM metrics',
      'there is no column metrc (character 8) (did you mean "metric"?); restage sql alone lists the views and their columns.',
    ],
    [
      'SELECT run FROM runs, nodes',
      'several of its tables have a column run (character 8); write the table before it, as in runs.run.',
    ],
    [`SELECT json_extract('x', '$.a') FROM runs`, 'malformed JSON.'],
  ])('that is wrong has its place named: %s', (sql, end) => {
    expect(refusalOf(sql).replace('The query cannot be answered: ', '')).toBe(end);
  });

  test('tells a fault in a row when the row is asked for', () => {
    const rows = ask(db, `SELECT json_extract(column1, '$') FROM (VALUES ('1'), ('x'))`).rows[Symbol.iterator]();
    expect(rows.next()).toEqual({ done: false, value: [1n] });
    expect(() => rows.next()).toThrow('The query cannot be answered: malformed JSON.');
  });
});
