/**
 * docs/record.md against the schema that a new cache has: each table, each column with its type; the views; and its
 * queries.
 */
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { Cache } from '../../src/store/cache.ts';
import { VIEWS } from '../../src/store/query/views.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';
import { blocksOf, readPage } from './markdown.ts';

const PAGE = 'docs/record.md';

/** `table.column TYPE` for each row of a table that stands below a heading of the third level. */
function documentedColumns(text: string): readonly string[] {
  return text.split(/^### /m).flatMap((section, index) => {
    if (index === 0) return [];
    const table = section.split('\n', 1)[0]!;
    return [...section.matchAll(/^\| (\w+) \| ([A-Z]+) \|/gm)].map(([, column, type]) => `${table}.${column} ${type}`);
  });
}

function emptyRecord(): Database.Database {
  const directory = temporaryDirectory();
  Cache.open(directory).close();
  return new Database(join(directory, 'state.db'), { readonly: true });
}

function realColumns(db: Database.Database): readonly string[] {
  return db
    .prepare<[], { line: string }>(
      `SELECT t.name || '.' || c.name || ' ' || c.type AS line FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
       WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY t.name, c.cid`,
    )
    .all()
    .map(({ line }) => line);
}

test('docs/record.md has each table and column of the record, with its type, in the order of the schema', () => {
  const db = emptyRecord();
  const real = realColumns(db);
  db.close();
  expect(real.length).toBeGreaterThan(100);
  const tables = documentedColumns(readPage(PAGE)).filter(
    (line) => !VIEWS.some(({ name }) => line.startsWith(`${name}.`)),
  );
  const byTable = (a: string, b: string) =>
    a.split('.')[0]! < b.split('.')[0]! ? -1 : a.split('.')[0] === b.split('.')[0] ? 0 : 1;
  expect([...tables].sort(byTable)).toEqual([...real].sort(byTable));
});

test('docs/record.md has each view with its columns, as the program describes them', () => {
  const page = readPage(PAGE);
  for (const { name, about, columns } of VIEWS) {
    const rows = columns.map((cells) => `| ${cells.join(' | ')} |\n`).join('');
    expect(page).toContain(`\n### ${name}\n\n${about}\n\n| column | type | meaning |\n|---|---|---|\n${rows}\n`);
  }
});

test('a column that is missing from the page, or has another type there, is found', () => {
  const text =
    '## A\n### run\n| column | type | meaning |\n|---|---|---|\n| id | INTEGER | its number |\n| x | TEXT | |\n';
  expect(documentedColumns(text)).toEqual(['run.id INTEGER', 'run.x TEXT']);
});

test('the queries of docs/record.md fit the schema', () => {
  const db = emptyRecord();
  const queries = blocksOf(PAGE).filter(({ language }) => language === 'sql');
  expect(queries.length).toBeGreaterThan(2);
  for (const { text } of queries) expect(db.prepare(text).all()).toEqual([]);
  db.close();
});
