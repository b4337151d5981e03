import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tableLines } from '../../src/cli/output/table.ts';
import { valueLines } from '../../src/cli/show/words/value.ts';
import { type Place, restage } from '../helpers/command.ts';
import { fillCache } from './filled-cache.ts';

const directory = mkdtempSync(join(tmpdir(), 'restage-display-'));
beforeAll(async () => (await fillCache(directory)).cache.close());
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const ask = async (args: readonly string[], place: Place) =>
  (await restage([...args, '--cache', directory], place)).stdout;
const CALLS = [['log'], ['log', '3'], ['show', 'score'], ['show', 'run:3'], ['tag', '--list']];

describe('what a verb shows', () => {
  test('has colours on a terminal, and none in a pipe, with NO_COLOR or on a dumb terminal', async () => {
    const red = '\u001b[31mfailed\u001b[39m';
    expect(await ask(['log'], { columns: 120 })).toContain(red);
    for (const place of [{}, { columns: 120, env: { NO_COLOR: '1' } }, { columns: 120, env: { TERM: 'dumb' } }])
      expect(await ask(['log'], place)).not.toContain('\u001b');
  });

  test.each(CALLS)('has its tables within 80 columns of a terminal: %s %s', async (...args) => {
    const lines = stripVTControlCharacters(await ask(args, { columns: 80 })).split('\n');
    // A command of its own line may be long.
    const rows = lines.filter((line) => /\S {2,}\S/.test(line) && !/^ {2}.*restage (run|log)|made +as /.test(line));
    expect(rows.filter((line) => line.length > 80)).toEqual([]);
    expect(rows.length).toBeGreaterThan(0);
  });
});

describe('a table', () => {
  const columns = [
    { title: 'name', least: 6 },
    { title: 'zeros', sparse: true },
    { title: 'commit', rank: 0 },
    { title: 'why', least: 10 },
  ];
  const rows = [
    ['a-long-name-of-a-node', '0', 'abababab', 'because its parameter changed'],
    ['b', '', 'cdcdcdcd', 'never run'],
  ];

  test('is whole where there is room, without columns that say nothing', () => {
    expect(tableLines(columns, rows, Number.POSITIVE_INFINITY)).toEqual([
      'name                   commit    why',
      'a-long-name-of-a-node  abababab  because its parameter changed',
      'b                      cdcdcdcd  never run',
    ]);
  });

  test('is cut to the terminal: the last columns first, then the ranked ones go', () => {
    expect(tableLines(columns, rows, 50)[1]).toBe('a-long-name-of-a-node  abababab  because its para…');
    expect(tableLines(columns, rows, 24)[1]).toBe('a-long-name…  because i…');
  });
});

test('a list of records is a table, and any other value is JSON', () => {
  expect(valueLines([{ k: 1, x: 'a' }, { k: 22 }], 10, 80)).toEqual([' k  x', ' 1  a', '22']);
  expect(valueLines([{ k: 1 }, { k: 2 }, { k: 3 }], 2, 80)).toEqual(['k', '1', '2', 'and 1 row more']);
  expect(valueLines({ k: [1] }, 10, 80).join('')).toBe('{  "k": [    1  ]}');
});
