import { existsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { Cache } from '../../../src/store/cache.ts';
import { newInMemory } from '../../../src/store/database/database.ts';
import { HAS_DIGEST } from '../../../src/store/database/field-values.ts';
import { MIGRATIONS } from '../../../src/store/database/migrations.ts';
import { Database } from '../../../src/store/database/sqlite.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { databaseOf } from '../open-cache.ts';

/** How SQLite goes about what is prepared or executed meanwhile. */
function plansOf(work: () => void, directory: string): readonly string[] {
  const spies = [vi.spyOn(Database.prototype, 'prepare'), vi.spyOn(Database.prototype, 'exec')];
  work();
  const asked = spies.flatMap(({ mock }) => mock.calls.map(([sql]) => sql));
  for (const spy of spies) spy.mockRestore();
  const db = databaseOf({ directory });
  return asked.flatMap((sql) =>
    db
      .prepare<[], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => `${detail}: ${sql}`),
  );
}

test.each(['open', 'openToLook', 'openToRead'] as const)('to %s a cache reads no table from end to end', (how) => {
  const directory = temporaryDirectory();
  Cache.open(directory).close();
  const plans = plansOf(() => Cache[how](directory)?.close(), directory);
  expect(plans.some((plan) => plan.includes('sqlite_schema'))).toBe(true);
  expect(plans.filter((plan) => plan.startsWith('SCAN') && !plan.includes('FROM sqlite_schema'))).toEqual([]);
});

test('values of fields are found by their digest through an index, and others with its first bytes are not', () => {
  const db = newInMemory(MIGRATIONS.length);
  const digests = ['00', '01'].map((last) => Buffer.from(`${'ab'.repeat(31)}${last}`, 'hex'));
  for (const digest of digests) db.prepare('INSERT INTO field_value (digest, preview) VALUES (?, ?)').run(digest, 'x');
  const [sql, digest] = [`SELECT id FROM field_value WHERE ${HAS_DIGEST}`, digests[1]];
  expect(db.prepare(sql).pluck().all({ digest })).toEqual([2]);
  const plan = db.prepare<[unknown], { detail: string }>(`EXPLAIN QUERY PLAN ${sql}`).all({ digest });
  expect(plan.map(({ detail }) => detail)).toEqual(['SEARCH field_value USING INDEX field_value_by_digest (<expr>=?)']);
  db.close();
});

describe('a cache directory', () => {
  test('of a newer restage is refused with one sentence, and stays as it is', () => {
    const directory = temporaryDirectory();
    const cache = Cache.open(directory);
    databaseOf(cache).pragma('user_version = 99');
    cache.close();
    expect(() => Cache.open(directory)).toThrow(
      /^The cache .*state\.db has schema 99, and this restage knows up to \d+; update restage, or use another cache with --cache DIR\.$/,
    );
  });

  test('with a database of another program is refused', () => {
    const directory = temporaryDirectory();
    const cache = Cache.open(directory);
    databaseOf(cache).pragma('application_id = 1');
    cache.close();
    expect(() => Cache.open(directory)).toThrow(/is not a cache of restage; use another directory with --cache DIR\.$/);
  });

  test('with a file that is not a database is refused, and the file stays as it is', () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'state.db'), 'x'.repeat(5000));
    expect(() => Cache.open(directory)).toThrow(
      /is damaged; .*move this file and its -wal and -shm files away together/,
    );
    expect(statSync(join(directory, 'state.db')).size).toBe(5000);
  });

  test.skipIf(!existsSync('/proc'))('where no folder can be made is refused by its name (needs /proc)', () => {
    expect(() => Cache.open('/proc/nowhere/cache')).toThrow(
      /^The cache directory \/proc\/nowhere\/cache does not exist and cannot be made; check the path/,
    );
  });

  test('that is a file is refused', () => {
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, '');
    expect(() => Cache.open(path)).toThrow(
      /a file stands where a directory should; move it away, or use another one with --cache DIR\./,
    );
  });

  test('below a file is refused', () => {
    const path = join(temporaryDirectory(), 'file');
    writeFileSync(path, '');
    expect(() => Cache.open(join(path, 'cache'))).toThrow(
      /a file stands where a directory should; move it away, or use another one with --cache DIR\./,
    );
  });
});

test('databases in memory are of the schema that was asked for, however many, and share nothing', () => {
  const databases = [newInMemory(3), newInMemory(3), newInMemory(4), newInMemory(3)];
  const read = (name: string): unknown[] => databases.map((db) => db.pragma(name, { simple: true }));
  expect(read('user_version')).toEqual([3, 3, 4, 3]);
  expect(read('foreign_keys')).toEqual([1, 1, 1, 1]);
  expect(new Set(read('application_id')).size).toBe(1);
  databases[1]!.exec("INSERT INTO name (text) VALUES ('of the second')");
  const rows = [...databases, newInMemory(3)].map((db) => db.prepare('SELECT count(*) FROM name').pluck().get());
  expect(rows.map((count) => Number(count) - Number(rows[0]))).toEqual([0, 1, 0, 0, 0]);
  for (const db of databases) db.close();
});
