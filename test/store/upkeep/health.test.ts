import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { CacheError } from '../../../src/errors.ts';
import { cacheHealth, sqliteVersion } from '../../../src/store/upkeep/health.ts';
import { MIGRATIONS } from '../../../src/store/database/migrations.ts';
import { makeInProcessProject } from '../../helpers/in-process-project.ts';

test('there is no cache, and none is made, where no run has been', () => {
  const { cache } = makeInProcessProject().withoutCache();
  expect(cacheHealth(cache)).toBeNull();
  mkdirSync(cache);
  writeFileSync(join(cache, 'state.db'), '');
  expect(cacheHealth(cache)).toBeNull();
});

test('a cache tells its size, and that it is whole', async () => {
  const project = makeInProcessProject('lab');
  await project.run();
  const health = cacheHealth(project.cache)!;
  expect(health).toMatchObject({
    schema: MIGRATIONS.length,
    knownSchema: MIGRATIONS.length,
    runs: 1,
    states: project.count('state'),
    artifacts: project.count('artifact'),
    quickCheck: 'ok',
    missing: 0,
  });
  expect(health.sampled).toBe(health.objects);
  expect(health.objects).toBeGreaterThan(0);
});

test('objects that are gone or cut short are seen', async () => {
  const project = makeInProcessProject('lab');
  await project.run();
  const [gone, cut] = project.objects();
  rmSync(gone!);
  rmSync(cut!);
  writeFileSync(cut!, 'short');
  expect(cacheHealth(project.cache)).toMatchObject({ missing: 2, quickCheck: 'ok' });
});

test.each([
  [
    'text',
    (path: string) =>
      writeFileSync(path, 'this is not a database, but it is long enough to look like one\n'.repeat(99)),
    /is damaged; if there is a backup/,
  ],
  [
    "another program's",
    (path: string) => new Database(path).exec('CREATE TABLE t (x)').close(),
    /is not a cache of restage/,
  ],
  [
    "a newer restage's",
    (path: string) => new Database(path).exec('PRAGMA user_version = 9999').close(),
    /has schema 9999/,
  ],
])('a database that is %s is refused with one sentence', (_, make, sentence) => {
  const { cache } = makeInProcessProject().withoutCache();
  mkdirSync(cache);
  make(join(cache, 'state.db'));
  expect(() => cacheHealth(cache)).toThrow(CacheError);
  expect(() => cacheHealth(cache)).toThrow(sentence);
});

test('SQLite tells its version', () => {
  expect(sqliteVersion()).toMatch(/^3\.\d+\.\d+$/);
});
