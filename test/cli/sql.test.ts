import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Place, restage, sentence } from '../helpers/command.ts';
import { fillCache } from './filled-cache.ts';

const directory = mkdtempSync(join(tmpdir(), 'restage-sql-'));

beforeAll(async () => {
  (await fillCache(directory)).cache.close();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const sql = (args: readonly string[], place: Place = {}) => restage(['sql', ...args, '--cache', directory], place);
const MANY = 'WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 250) SELECT i FROM n';

test('an answer is a table in which null is a dash', async () => {
  const { code, stdout, stderr } = await sql(['SELECT run, outcome FROM runs WHERE run > 2']);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toBe('run  outcome\n  3  failed\n  4  –\n');
});

test('a table has the first 100 rows and says so, and --limit asks for others', async () => {
  const short = await sql([MANY]);
  expect(short.stdout.trimEnd().split('\n')).toHaveLength(101);
  expect(sentence(short)).toBe('these are the first 100 rows; --limit N shows more, and --csv and --json give all.');
  expect(await sql([MANY, '--limit', '250'])).toMatchObject({ code: 0, stderr: '' });
  expect((await sql([MANY, '--csv', '--limit', '2'])).stdout).toBe('i\n1\n2\n');
  expect((await sql([MANY, '--csv'])).stdout.trimEnd().split('\n')).toHaveLength(251);
});

test('in CSV null is nothing, an empty text a pair of quotes, and a BLOB its digits', async () => {
  const { stdout } = await sql([
    `SELECT NULL AS a, '' AS b, 'x,"y"' AS "c,d", 1e999 AS e, x'00ff' AS f, 9007199254740993 AS g`,
    '--csv',
  ]);
  expect(stdout).toBe('a,b,"c,d",e,f,g\n,"","x,""y""",Infinity,00ff,9007199254740993\n');
});

test('JSON is one document with an object a row, also of no row', async () => {
  const query = `SELECT NULL AS a, -1e999 AS b, x'00ff' AS c, 9007199254740993 AS d, char(27) AS e, 0.1 AS f`;
  const { stdout } = await sql([query, '--json']);
  expect(stdout).not.toContain('\u001b');
  expect(JSON.parse(stdout)).toEqual({
    format: 1,
    kind: 'rows',
    columns: ['a', 'b', 'c', 'd', 'e', 'f'],
    rows: [{ a: null, b: '-Infinity', c: '00ff', d: '9007199254740993', e: '\u001b', f: 0.1 }],
  });
  expect(JSON.parse((await sql(['SELECT run FROM runs WHERE false', '--json'])).stdout)).toMatchObject({ rows: [] });
});

test('JSON needs different names of columns, and CSV does not', async () => {
  const { code, stderr } = await sql(['SELECT 1 AS a, 2 AS a', '--json']);
  expect([code, stderr]).toEqual([
    2,
    'restage: Two columns of the query are called a; give one another name, as in: a AS other.\n',
  ]);
  expect((await sql(['SELECT 1 AS a, 2 AS a', '--csv'])).stdout).toBe('a,a\n1,2\n');
});

test('a dash takes the query from standard input', async () => {
  expect((await sql(['-', '--csv'], { stdin: '-- how many?\nSELECT count(*) AS runs\nFROM runs\n' })).stdout).toBe(
    'runs\n4\n',
  );
  expect(sentence(await sql(['-']))).toContain('The query is empty');
});

test('without a query it lists the views, each with its columns, in the width of the terminal', async () => {
  const { code, stdout } = await sql([]);
  expect(code).toBe(0);
  for (const view of ['runs', 'nodes', 'states', 'params', 'metrics', 'artifacts', 'lineage'])
    expect(stdout).toMatch(new RegExp(`^${view}  `, 'm'));
  const { stdout: narrow } = await sql([], { columns: 80 });
  for (const line of narrow.split('\n').filter((each) => each.startsWith('  ')))
    expect(line.length).toBeLessThanOrEqual(80);
  expect(sentence(await sql(['--csv']))).toContain('--csv is for the rows of a query');
});

test('a query that is wrong or would write is one sentence, and exit code 2', async () => {
  for (const query of ['SELECT * FROM runz', 'DELETE FROM run', 'SELECT FROM', '']) {
    const outcome = await sql([query]);
    expect([outcome.code, outcome.stdout]).toEqual([2, '']);
    expect(sentence(outcome)).toMatch(/query/);
  }
  expect((await sql(['SELECT count(*) AS n FROM run', '--csv'])).stdout).toBe('n\n4\n');
});
