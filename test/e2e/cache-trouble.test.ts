/**
 * Caches that can be read and not written, disks that are full, a SQLite that cannot be loaded: one sentence and exit
 * code 5.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { inThisProcess, makeInProcessProject } from '../helpers/in-process-project.ts';
import { canMount, mount, NEEDS_MOUNT } from '../helpers/mount.ts';
import { makeProject, type Project } from '../helpers/project.ts';

async function ran(): Promise<Project> {
  const project = makeProject('lab');
  expect(await project.run()).toMatchObject({ code: 0 });
  return project;
}

test.skipIf(!canMount)(
  `a cache on a read-only file system can be looked at in every way (${NEEDS_MOUNT})`,
  async () => {
    const project = await ran();
    const { cache } = project;
    expect(mount(cache, '--bind', cache) && mount(cache, '-o', 'remount,ro,bind')).toBe(true);
    const looks = [
      ['log'],
      ['log', 'mix'],
      ['show', 'mix'],
      ['show', 'run:1'],
      ['get', 'mix.total'],
      ['get', 'noise.values', '-o', project.beside('noise')],
      ['fsck'],
      ['graph', project.root],
      ['plan', project.root],
      ['status', project.root],
      ['tag', '--list'],
      ['metrics', '--run', '1'],
      ['how', 'mix.total', '--without-today'],
      ['uses', 'noise'],
      ['diff', 'run:1', 'run:1'],
      ['diff', '--working'],
      ['why', 'mix'],
      ['cost'],
      ['accept', '--list'],
    ];
    const here = inThisProcess(project);
    for (const words of looks) {
      const { code, stderr } = await here.restage([...words, '--cache', cache]);
      expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: '' });
    }
    const status = await project.restage(['status', project.root, '--json', '--cache', cache]);
    expect(JSON.parse(status.stdout)).toMatchObject({ fresh: true });
    const run = await project.run();
    expect(run.code).toBe(5);
    expect(run.stderr).toMatch(
      /^restage: The cache directory .+ cannot be written: its file system is read-only; .+\n$/,
    );
    const tag = await project.restage(['tag', 'run:1', 'good', '--cache', cache]);
    expect(tag.code).toBe(5);
  },
);

test.skipIf(!canMount)(
  `a run that was killed on a cache that is read-only now can be looked at (${NEEDS_MOUNT})`,
  async () => {
    const project = makeProject('lab').edit('index.ts', "{ executor: 'in-process' }", '{}');
    const live = await project.startRun(['-S', 'rows=20000']);
    await live.event(({ type }) => type === 'node-ran');
    live.killGroup('SIGKILL');
    await live.ended;
    expect(readdirSync(project.cache)).toContain('state.db-wal');
    expect(mount(project.cache, '--bind', project.cache) && mount(project.cache, '-o', 'remount,ro,bind')).toBe(true);
    const log = await project.restage(['log', '--cache', project.cache]);
    expect(log).toMatchObject({ code: 0, stderr: '' });
    expect(log.stdout).toMatch(/died/);
  },
);

/** Changes most of the database in one transaction, and is killed in the middle of it. */
const HALF_A_CHANGE = `
const Database = require(process.argv[1]);
const db = new Database(process.argv[2]);
db.pragma('journal_mode = DELETE');
db.pragma('foreign_keys = OFF');
db.pragma('cache_size = 10');
db.exec('BEGIN; DELETE FROM visit; DELETE FROM run; DELETE FROM name; CREATE TABLE ballast AS '
  + 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT randomblob(1000) AS b FROM n');
process.kill(process.pid, 'SIGKILL');
`;

test.skipIf(!canMount)(
  `a database that was left half changed, on a disk that is read-only now, is looked at as it was (${NEEDS_MOUNT})`,
  async () => {
    const project = await ran();
    const { cache } = project;
    const before = await project.restage(['log', '--cache', cache]);
    const sqlite = createRequire(import.meta.url).resolve('better-sqlite3');
    const { signal } = spawnSync(process.execPath, ['-e', HALF_A_CHANGE, sqlite, join(cache, 'state.db')]);
    expect(signal).toBe('SIGKILL');
    expect(readdirSync(cache)).toContain('state.db-journal');
    expect(mount(cache, '--bind', cache) && mount(cache, '-o', 'remount,ro,bind')).toBe(true);
    expect(await project.restage(['log', '--cache', cache])).toEqual(before);
  },
);

test.skipIf(!canMount)(`a disk that is full ends every verb with one sentence (${NEEDS_MOUNT})`, async () => {
  const project = await ran();
  rmSync(project.cache, { recursive: true });
  mkdirSync(project.cache);
  expect(mount(project.cache, '-t', 'tmpfs', '-o', 'size=700k', 'tmpfs')).toBe(true);
  // Some runs get far, until one of its files does not fit.
  for (let run = 0; run < 3; run++) {
    const { code, stdout, stderr } = await project.run(['-S', `rows=${20_000 + run}`]);
    expect(code).toBe(5);
    expect(stdout + stderr).toMatch(/no space left/);
    expect(stdout + stderr).not.toMatch(/internal error/);
  }
  // Whatever room is left is filled to the last byte.
  spawnSync('dd', ['if=/dev/zero', `of=${join(project.cache, 'ballast')}`, 'bs=512'], { stdio: 'ignore' });
  for (const words of [['status', project.root], ['plan', project.root], ['log']]) {
    const { code, stderr } = await project.restage([...words, '--cache', project.cache]);
    expect({ words, stderr }).toEqual({ words, stderr: expect.stringMatching(/^(restage: [^\n]+\n)?$/) as string });
    expect([0, 2, 5]).toContain(code);
    expect(stderr).not.toMatch(/internal error/);
  }
});

describe.skipIf(!canMount)(`objects that cannot be written (${NEEDS_MOUNT})`, () => {
  test.each<[string, string, readonly string[], RegExp]>([
    [
      'in a worker, on a full disk',
      '{}',
      ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs'],
      /no space left; free some.*ENOSPC/,
    ],
    ['in this process, on a full disk', '', ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs'], /no space left.*ENOSPC/],
    ['in a worker, on a read-only file system', '{}', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs'], /read-only.*EROFS/],
  ])('%s, end the run as an error of the cache, and the next run goes on', async (_, policy, options, sentence) => {
    const project = makeProject('lab');
    if (policy !== '') project.edit('index.ts', "{ executor: 'in-process' }", policy);
    const objects = join(project.cache, 'objects');
    mkdirSync(objects, { recursive: true });
    expect(mount(objects, ...options)).toBe(true);
    const { code, stderr, report, outcomes } = await project.run(['-S', 'rows=20000']);
    expect({ code, report }).toEqual({ code: 5, report: undefined });
    expect(stderr).toMatch(/^restage: An artifact of \d+ bytes could not be written to the cache [^\n]+\n$/);
    expect(stderr).toMatch(sentence);
    expect(Object.values(outcomes)).not.toContain('failed');
    const done = project.executed();
    expect(spawnSync('mount', ['-o', 'remount,rw,size=50m', objects]).status).toBe(0);
    const next = await project.run(['-S', 'rows=20000']);
    expect({ code: next.code, stderr: next.stderr }).toEqual({ code: 0, stderr: '' });
    // What was finished is a hit now.
    const states = project.query<{ n: number }>(
      'SELECT count(*) AS n FROM visit WHERE run = 1 AND state IS NOT NULL',
    )[0]!.n;
    expect(next.report!.counts.hit).toBe(states);
    expect(done.length).toBeGreaterThanOrEqual(states);
    const log = await project.restage(['log', '--json', '--cache', project.cache]);
    expect(JSON.parse(log.stdout)).toMatchObject({ runs: [{ outcome: 'ok' }, { outcome: 'failed' }] });
  });
});

test('a SQLite that was built for another Node is reported with the command that repairs it, by every verb', async () => {
  const project = await ran();
  const hook = project.beside('hook.cjs');
  writeFileSync(
    hook,
    `const { dlopen } = process;
process.dlopen = function (module, file, ...rest) {
  if (!file.includes('better_sqlite3')) return dlopen.call(this, module, file, ...rest);
  throw Object.assign(new Error("The module '" + file + "'\\nwas compiled against a different Node.js version using\\nNODE_MODULE_VERSION 115."),
    { code: 'ERR_DLOPEN_FAILED' });
};
`,
  );
  for (const words of [
    ['run', project.root],
    ['status', project.root],
    ['log'],
    ['show', 'mix'],
    ['fsck'],
    ['plan', project.root],
  ]) {
    const { code, stderr } = await project.restage([...words, '--cache', project.cache], {
      env: { NODE_OPTIONS: `--require=${hook}` },
    });
    expect({ words, code, stderr }).toEqual({
      words,
      code: 5,
      stderr: expect.stringMatching(
        /^restage: better-sqlite3 cannot be loaded by Node v[^\n]+run: npm rebuild better-sqlite3[^\n]+\n$/,
      ) as string,
    });
  }
});

test('what is hostile in errors, logs, metrics and results is harmless wherever it is printed', async () => {
  const project = makeInProcessProject().write(
    'index.ts',
    `import { json, pipeline, stage, text } from 'restage';
import { z } from 'zod';
const ESC = '\\u001b', none = z.strictObject({});
const WORDS = ESC + ']0;title\\u0007' + ESC + '[2J' + ESC + ']8;;http://x' + ESC + '\\\\link\\u009b31m hostile';
export const fine = stage({ name: 'h/fine', params: z.strictObject({ word: z.string() }), inputs: {}, outputs: { t: text(), j: json<string>() },
  run({ params, log, metric }) { log(WORDS); console.log(WORDS); metric('loss', 1); return { t: WORDS + params.word, j: WORDS }; } });
export const bad = stage({ name: 'h/bad', params: none, inputs: {}, outputs: { t: text() }, run() { throw new Error(WORDS); } });
export default pipeline({ name: 'h', params: z.strictObject({ word: z.string().default('x') }), build(p, { word }) {
  const { t, j } = p.add(fine, { params: { word: word + WORDS }, inputs: {} }).out;
  return { t, j, b: p.add(bad, { params: {}, inputs: {} }).out.t };
} });
`,
  );
  const { cache, root } = project;
  const ways = [
    ['run', root, '--reporter', 'plain'],
    ['run', root, '-f', '--verbose'],
    ['run', root, '-f', '--reporter', 'json'],
    ['run', root, '-S', 'word=\u001b[31m', '--reporter', 'plain'],
    ['run', root, '-S', 'wo\u001b[31mrd=1'],
    ['log'],
    ['log', 'fine'],
    ['log', 'bad'],
    ['log', '\u001b[31m'],
    ['show', 'fine'],
    ['show', 'fine.t'],
    ['show', 'bad'],
    ['show', 'run:1'],
    ['show', 'fine', '--json'],
    ['status', root],
    ['plan', root, '-S', 'word=\u001b[31m'],
    ['graph', root],
    ['tag', 'run:1', 'a\u001b[31m'],
    ['tag', 'run:1', 'two\nlines'],
    ['\u001b[31m'],
    ['get', '\u001b[31m'],
  ];
  let seen = 0;
  for (const words of ways) {
    const { stdout, stderr } = await project.restage([
      ...words,
      ...(words.length > 1 || words[0] === 'log' ? ['--cache', cache] : []),
    ]);
    seen += stdout.includes('hostile') || stderr.includes('hostile') ? 1 : 0;
    expect({ words, harmful: /[\x00-\x08\x0b-\x1f\x7f-\x9f]/.exec(stdout + stderr)?.[0] }).toEqual({
      words,
      harmful: undefined,
    });
  }
  expect(seen).toBeGreaterThan(6);
  // Into a file or a pipe the bytes go as they are.
  const exact = execFileSync(
    process.execPath,
    [
      new URL('../../dist/cli/bin.js', import.meta.url).pathname,
      'get',
      'fine.j',
      '-o',
      '/dev/stdout',
      '--cache',
      cache,
    ],
    { cwd: root },
  );
  expect(exact.includes('hostile')).toBe(true);
  expect(existsSync(cache)).toBe(true);
});
