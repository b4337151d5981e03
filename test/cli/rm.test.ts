/** `restage rm`: what goes with a run, what stays, what is said of it then, and what is refused. */
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Cache } from '../../src/store/cache.ts';
import { processOwner } from '../../src/store/files/process-owner.ts';
import { backUp } from '../../src/store/upkeep/backup.ts';
import { fsck } from '../../src/store/upkeep/fsck.ts';
import { restage, sentence } from '../helpers/command.ts';
import { temporaryDirectory } from '../helpers/temporary.ts';
import { databaseOf } from '../store/open-cache.ts';
import { begin, fillCache, inline, newState, ran } from './filled-cache.ts';

let directory: string;
const ask = (...args: string[]) => restage([...args, '--cache', directory]);
const listed = async () =>
  (JSON.parse((await ask('log', '--json')).stdout) as { runs: readonly { id: number }[] }).runs.map(({ id }) => id);
const rows = () => {
  const db = databaseOf({ directory });
  const counts = ['run', 'state', 'visit', 'attempt', 'metric', 'log_line', 'attempt_failure', 'run_removal'].map(
    (table) => [table, db.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number] as const,
  );
  expect(db.pragma('foreign_key_check')).toEqual([]);
  return Object.fromEntries(counts);
};

/** Run 1 made four states, run 2 hit them, run 3 failed at one node, and run 4 is under way. */
async function fill(prepare?: (cache: Cache) => void | Promise<void>): Promise<void> {
  const { cache } = await fillCache(directory);
  await prepare?.(cache);
  cache.close();
}

beforeEach(() => {
  directory = temporaryDirectory();
});

describe('a run that is removed', () => {
  test('is in no list, and what only it said is gone; nothing goes with --dry-run', async () => {
    await fill();
    const before = rows();
    const going = 'with its record of 4 nodes, 2 attempts and 2 lines of logs; it made no state\n';
    expect((await ask('rm', 'run:3', '-n')).stdout).toBe(`run 3 would be removed, ${going}`);
    expect(rows()).toEqual(before);
    expect((await ask('log', 'fit@fold=0')).stdout).toContain('Attempt 2 went wrong.');
    expect(await ask('rm', '3')).toEqual({ code: 0, stdout: `run 3 is removed, ${going}`, stderr: '' });
    expect(rows()).toEqual({
      ...before,
      ...{ visit: before['visit']! - 4, attempt: before['attempt']! - 2, log_line: before['log_line']! - 2 },
      ...{ attempt_failure: 0, run_removal: 1 },
    });
    expect(await listed()).toEqual([4, 2, 1]);
    for (const args of [
      ['log', 'run:3'],
      ['show', 'run:3'],
      ['rm', '3'],
    ])
      expect(sentence(await ask(...args))).toMatch(
        /^Run 3 was removed on \d{4}-\d\d-\d\d by "restage rm"; the states that it made are still on record, and "restage log" lists the other runs\.$/,
      );
    // What it did to a node is not its latest visit any more.
    expect((await ask('show', 'fit@fold=0')).stdout).toMatch(/^fit@fold=0: up to date in run 2, made by run 1\n/);
    expect((await ask('log', 'fit@fold=0')).stdout).toContain('working on fit@fold=0\n');
    expect((await ask('sql', 'SELECT run FROM runs ORDER BY run', '--csv')).stdout.trim().split(/\s+/)).toEqual([
      ...['run', '1', '2', '4'],
    ]);
    expect(fsck(directory, { repair: false, now: Date.now() })).toMatchObject({ damaged: 0 });
  });

  test('is still told as the maker of its states, which other runs have', async () => {
    await fill();
    const before = rows();
    const how = (await ask('how', 'score.metrics')).stdout;
    expect(how).toContain('run 1');
    expect((await ask('rm', 'run:1')).stdout).toBe(
      'run 1 is removed, with its record of 4 nodes; 4 states that it made stay, and "restage gc" may evict their bytes\n',
    );
    expect(rows()).toEqual({ ...before, visit: before['visit']! - 4, run_removal: 1 });
    expect((await ask('how', 'score.metrics')).stdout).toBe(how);
    expect((await ask('get', 'score.metrics')).code).toBe(0);
    expect((await ask('show', 'score')).stdout).toContain('attempt 1 in run 1');
    expect(sentence(await ask('why', 'run:2'))).toMatch(/^Run 2 is the first of toy on record: there is none/);
    expect((await ask('log', 'fit@fold=0', '--run', '1')).code).toBe(2);
  });

  test('has not tried its nodes any more, though it made a state', async () => {
    await fill(async (cache) => {
      const run = begin(cache, ['restage', 'run', 'toy', '-S', 'rows=7']);
      ran(cache, run, 'data', newState('toy/data', { rows: 7 }, [], [inline('data', 'json', Buffer.from('7'))]));
      cache.record.runs.end(run, 'ok');
      await cache.record.flush();
    });
    expect((await ask('show', 'data')).stdout).toContain('in run 5');
    await ask('rm', 'run:5');
    const { code, stdout } = await ask('show', 'data');
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^data: up to date in run 3, made by run 1\n/)]);
    expect(stdout).not.toContain('run 5');
    await ask('rm', 'run:1');
    expect((await ask('log', 'data')).stdout).toContain('working on data\n');
  });

  test('is found at none of its nodes, also if it was killed', async () => {
    await fill(async (cache) => {
      const run = begin(cache, ['restage', 'run', 'toy']);
      ran(cache, run, 'only', newState('toy/data', { rows: 9 }, [], [inline('data', 'json', Buffer.from('9'))]));
      await cache.record.flush();
      const ofAnEarlierBoot = processOwner()!.replace(/(\/[^/]+){3}$/, '/earlier-boot/1/1');
      databaseOf({ directory }).prepare('UPDATE run SET owner = ? WHERE id = ?').run(ofAnEarlierBoot, run);
    });
    const removed = await ask('rm', 'run:5');
    expect(removed).toMatchObject({ code: 0, stderr: '' });
    expect(sentence(await ask('show', 'only'))).toContain('only');
  });

  test('does not hinder a backup to where an earlier one is', async () => {
    const place = join(temporaryDirectory(), 'backup');
    await fill();
    await backUp(directory, place);
    await ask('rm', 'run:3');
    expect(await backUp(directory, place)).toMatchObject({ runs: 4, copied: { objects: 0 } });
    directory = place;
    expect(await listed()).toEqual([4, 2, 1]);
  });

  test('may come back from another cache, and does not hinder a backup then either', async () => {
    const place = join(temporaryDirectory(), 'backup');
    await fill();
    await backUp(directory, place);
    await ask('rm', 'run:3');
    // As a pull does; its attempts come under other numbers.
    databaseOf({ directory }).exec('DELETE FROM run_removal');
    expect(await listed()).toEqual([4, 3, 2, 1]);
    expect(await backUp(directory, place)).toMatchObject({ runs: 4 });
  });
});

describe('a branch that is removed', () => {
  const branched = (cache: Cache): void => {
    cache.record.studies.addOrigin(2, { parent: 1, node: null });
    cache.record.tags.add({ run: 2 }, 'wider');
  };

  test('loses its name, and its run stays', async () => {
    await fill(branched);
    expect((await ask('rm', 'wider', '-n')).stdout).toBe('the name wider would be removed; run 2 stays\n');
    expect((await ask('rm', 'wider')).stdout).toBe('the name wider is removed; run 2 stays\n');
    expect((await ask('show', 'wider')).code).toBe(2);
    expect(await listed()).toEqual([4, 3, 2, 1]);
    expect((await ask('tree', 'run:2')).stdout).toContain('run 2');
  });

  test('keeps the run that it was branched off, unless its own run goes too', async () => {
    await fill(branched);
    expect(sentence(await ask('rm', 'run:2'))).toBe(
      'Run 2 is tagged wider, so nothing is removed; remove the tag first: restage tag run:2 wider --delete',
    );
    await ask('rm', 'wider');
    expect(sentence(await ask('rm', 'run:1', 'run:3'))).toBe(
      'Run 2 was branched off run 1, so nothing is removed; remove both, or run 2 first.',
    );
    expect(await listed()).toEqual([4, 3, 2, 1]);
    expect((await ask('rm', 'run:1', 'run:2')).code).toBe(0);
    expect(await listed()).toEqual([4, 3]);
    rows();
  });
});

test.each<[string, ...string[]]>([
  ['run:4', 'Run 4 is in progress', 'interrupt it'],
  ['latest', 'Run 4 is in progress'],
  ['run:9', 'There is no run 9'],
  ['data', 'data is not a run but a node', 'run:3'],
  ['run:2', 'Run 2 is pinned', 'restage unpin run:2'],
  ['baseline', 'Run 3 is tagged baseline', 'restage tag run:3 baseline --delete'],
  ['run:1', 'Run 1 belongs to experiment tricks'],
  ['tricks', 'tricks is an experiment, and stays'],
  ['tricks/base', 'tricks/base is a branch of experiment tricks, and stays'],
])('%s is not removed, and nothing is', async (word, ...parts) => {
  await fill((cache) => {
    cache.record.pins.add({ run: 2 }, '');
    // As an experiment does with its runs.
    cache.record.tags.add({ run: 1 }, 'tricks/base');
    cache.record.tags.add({ run: 3 }, 'baseline');
    const definition = { branches: [{ name: 'base', parent: null, changes: [] }], seeds: [0], metrics: [] };
    const branches = [{ branch: 'base', seed: 0, run: 1, missing: [] }];
    cache.record.studies.add({ run: 4, name: 'tricks', definition, branches, unfinished: [] });
  });
  const before = rows();
  for (const option of [[], ['--dry-run']]) {
    const outcome = await ask('rm', word, ...option);
    expect(outcome.code).toBe(2);
    for (const part of parts) expect(sentence(outcome)).toContain(part);
  }
  expect(rows()).toEqual(before);
});
