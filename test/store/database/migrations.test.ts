import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { applyMigrations, MIGRATIONS } from '../../../src/store/database/migrations.ts';
import { Cache } from '../../../src/store/cache.ts';
import { temporaryDirectory } from '../../helpers/temporary.ts';
import { databaseOf, openCache } from '../open-cache.ts';

const APPLICATION_ID = 0x72737467;

/** A cache as the restage of schema 1 left it, with a row or more in the tables that a run fills. */
function makeSchema1(directory: string): void {
  mkdirSync(directory, { recursive: true });
  const db = new Database(join(directory, 'state.db'));
  db.pragma('synchronous = OFF');
  applyMigrations(db, 0, 1);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.exec(`
    INSERT INTO name (id, text) VALUES (1, 'toy'), (2, 'data'), (3, 'toy/data'), (4, 'worker-1'), (5, 'out'), (6, 'json');
    INSERT INTO artifact (id, digest, bytes, place, content) VALUES (1, randomblob(32), 2, 'inline', x'3432');
    INSERT INTO code VALUES (1, randomblob(32), 3, 'toy.ts', 'data', 1, 5);
    INSERT INTO environment VALUES (1, randomblob(32), '{}');
    INSERT INTO run VALUES (1, 1, 'toy.ts', '["run","toy"]', '{}', 0, 'none', 2, NULL, NULL, 1, 'host/boot/1/1/1', 10);
    INSERT INTO run_end VALUES (1, 20, 'ok');
    INSERT INTO attempt VALUES (1, 1, 2, 1, 4, 11);
    INSERT INTO attempt_end VALUES (1, 12, NULL, 0.5, NULL);
    INSERT INTO metric VALUES (1, 0, 5, NULL, 0.5), (1, 1, 5, 3, -9e999);
    INSERT INTO state VALUES (1, randomblob(32), 3, 1, 1, 1.5, 0);
    INSERT INTO state_output VALUES (1, 5, 6, 1);
    INSERT INTO plan_key VALUES (randomblob(32), 1);
    INSERT INTO visit VALUES (1, 2, 3, 1);
  `);
  db.close();
}

/** Tables that came later, which have no row of before. */
const LATER = [
  'eviction',
  'run_pin',
  'state_pin',
  'run_phase',
  'run_result',
  'verification',
  'state_trace',
  'equivalence',
  'equivalence_end',
  'equivalence_check',
  'code_program',
  'run_origin',
  'study',
  'study_branch',
  'effect_table',
  'effect_source',
  'study_effect',
  'effect_file',
  'study_branch_state',
];

function rowsOf(directory: string): Readonly<Record<string, unknown>> {
  const db = databaseOf({ directory });
  const tables = db
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name")
    .pluck()
    .all()
    .filter((table) => !LATER.includes(table));
  return Object.fromEntries(tables.map((table) => [table, db.prepare(`SELECT * FROM ${table}`).all()]));
}

test('a cache of schema 1 is taken to the present schema when it is opened, and keeps every row', () => {
  const directory = temporaryDirectory();
  makeSchema1(directory);
  const before = rowsOf(directory);
  const cache = openCache(directory);
  const db = databaseOf(cache);
  expect(db.pragma('user_version', { simple: true })).toBe(MIGRATIONS.length);
  const { name, state_access: accesses, ...rest } = rowsOf(directory);
  const { name: namesBefore, ...restBefore } = before;
  expect(rest).toEqual(restBefore);
  expect(name).toEqual(expect.arrayContaining(namesBefore as unknown[]));
  expect(accesses).toHaveLength((before['state'] as unknown[]).length);
  expect(cache.query.accesses.of(1)).toEqual({ observed: false, accesses: [] });
  expect(db.pragma('foreign_key_check')).toEqual([]);
  expect(cache.query.runs.get(1)).toMatchObject({ pipeline: 'toy', outcome: 'ok', startedAt: 10, endedAt: 20 });
  expect(cache.query.runs.phases(1)).toEqual([]);
});

test('a look that changes nothing leaves a cache of schema 1 as it is', () => {
  const directory = temporaryDirectory();
  makeSchema1(directory);
  expect(Cache.openToRead(directory)).toBeUndefined();
  expect(databaseOf({ directory }).pragma('user_version', { simple: true })).toBe(1);
});
