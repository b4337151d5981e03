import { describe, expect, test } from 'vitest';
import { MIGRATIONS } from '../../../src/store/database/migrations.ts';
import { Cache } from '../../../src/store/cache.ts';
import { VIEWS } from '../../../src/store/query/views.ts';
import { fsck } from '../../../src/store/upkeep/fsck.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { databaseOf, openCache } from '../open-cache.ts';
import { makeOldCache, rowsOf } from './old-cache.ts';

/** Every schema that a restage has had, this one's included. */
const SCHEMAS = MIGRATIONS.map((_, index) => index + 1);
/**
 * What is worked out again is not a row that has to stay: until schema 3 a remembered file did not say on which device
 * it was.
 */
const FORGOTTEN: ReadonlyMap<string, number> = new Map([['file_memo', 3]]);

describe.each(SCHEMAS)('a cache of schema %i', (schema) => {
  test('is taken to the present schema when it is opened, keeps every row, answers every view and is sound', () => {
    const directory = temporaryDirectory();
    makeOldCache(directory, schema);
    const before = rowsOf(databaseOf({ directory }));
    const empty = [...before].flatMap(([table, rows]) => (rows.length === 0 ? [table] : []));
    expect(empty, 'tables to which old-cache.ts gives no row').toEqual([]);
    const cache = openCache(directory);
    const db = databaseOf(cache);
    expect(db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
    const after = rowsOf(db);
    for (const [table, rows] of before) {
      const staying = schema < (FORGOTTEN.get(table) ?? 0) ? [] : rows;
      const kept = table === 'state_tag' && schema < 16 ? staying.map((row) => ({ ...row, given: 1 })) : staying;
      expect({ table, rows: after.get(table) }).toEqual({
        table,
        rows: expect.arrayContaining(kept.map((row) => expect.objectContaining(row) as unknown)) as unknown,
      });
      // Names are added, and every state says whether it was observed. No other table that was there grows.
      if (table !== 'name') expect({ table, rows: after.get(table)!.length }).toEqual({ table, rows: kept.length });
    }
    expect(after.get('state_access')).toHaveLength(after.get('state')!.length);
    for (const { name } of VIEWS)
      expect({ view: name, empty: db.prepare(`SELECT * FROM ${name}`).all().length === 0 }).toEqual({
        view: name,
        empty: false,
      });
    expect(cache.query.runs.get(2)).toMatchObject({ pipeline: 'toy', outcome: 'failed', startedAt: 1_700_000_000_000 });
    expect(cache.query.accesses.of(1)).toEqual({ observed: false, accesses: [] });
    cache.close();
    expect(fsck(directory, { repair: false })).toMatchObject({ states: 2, findings: [], damaged: 0 });
  });
});

test('a look that changes nothing leaves a cache of an earlier schema as it is', () => {
  const directory = temporaryDirectory();
  makeOldCache(directory, 1);
  expect(Cache.openToRead(directory)).toBeUndefined();
  expect(databaseOf({ directory }).pragma('user_version', { simple: true })).toBe(1);
});
