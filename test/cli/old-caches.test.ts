/** What restage says of caches that other versions of it made. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { MIGRATIONS } from '../../src/store/database/migrations.ts';
import { restage, sentence } from '../helpers/command.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';
import { makeOldCache } from '../store/database/old-cache.ts';

describe.each(MIGRATIONS.map((_, index) => index + 1))('of a cache of schema %i', (schema) => {
  test('log, show, how, sql and the report of a run tell what is in it', async () => {
    const cache = temporaryDirectory();
    makeOldCache(cache, schema);
    const said = async (...args: readonly string[]): Promise<string> => {
      const { code, stdout, stderr } = await restage([...args, '--cache', cache]);
      expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
      return stdout;
    };
    const { runs } = JSON.parse(await said('log', '--branches', '--json')) as { readonly runs: readonly object[] };
    expect(runs).toMatchObject([{ id: 3 }, { id: 2, outcome: 'failed' }, { id: 1, outcome: 'ok', tags: ['good'] }]);
    expect(await said('log', 'fit', '--run', '1')).toContain('working on fit');
    expect(await said('log', 'run:2')).toContain('It went wrong.');
    const state = await said('show', 'fit');
    for (const part of ['data.data of state', '/data/labels.csv', 'slope', '42', 'good']) expect(state).toContain(part);
    expect(await said('how', 'run:1/fit.slope')).toMatch(/toy\/data[^]*labels\.csv/);
    expect(await said('get', 'run:1/fit.slope')).toBe('42\n');
    expect(await said('sql', 'SELECT count(*) AS n FROM lineage', '--json')).toContain('{"n": 2}');
    const facts = JSON.parse(await said('report', 'run:1', '--json')) as { readonly nodes: readonly object[] };
    expect(facts.nodes).toMatchObject([
      { node: 'data', made: { run: 1 } },
      { node: 'fit', made: { run: 1, metrics: [{ name: 'loss' }] } },
    ]);
  });
});

test('a cache of a newer restage is refused by every kind of verb in one sentence, and not one byte of it changes', async () => {
  const cache = temporaryDirectory();
  makeOldCache(cache, MIGRATIONS.length);
  const newer = MIGRATIONS.length + 1;
  const db = new Database(join(cache, 'state.db'));
  db.pragma(`user_version = ${newer}`);
  db.close();
  const before = readFileSync(join(cache, 'state.db'));
  for (const args of [
    ['log'],
    ['show', 'fit'],
    ['run', 'test/cli/fixtures/toy.ts'],
    ['fsck', '--repair'],
    ['sql', 'SELECT 1'],
  ]) {
    const outcome = await restage([...args, '--cache', cache]);
    expect({ args, code: outcome.code, said: sentence(outcome) }).toEqual({
      args,
      code: 5,
      said: `The cache ${join(cache, 'state.db')} has schema ${newer}, and this restage knows up to ${MIGRATIONS.length}; update restage, or use another cache with --cache DIR.`,
    });
  }
  expect(readFileSync(join(cache, 'state.db')).equals(before)).toBe(true);
});
