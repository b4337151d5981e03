/**
 * Caches that can be read and not written, disks that are full, a SQLite that cannot be loaded: one sentence and exit
 * code 5.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { InProcessProject, inThisProcess, makeInProcessProject } from '../helpers/in-process-project.ts';
import { canMount, mount, NEEDS_MOUNT } from '../helpers/mount.ts';
import { inOneProcess } from '../helpers/one-process.ts';
import type { ProjectDirectory } from '../helpers/project-directory.ts';
import { CLI, makeProject, Project } from '../helpers/project.ts';
import type { Finished } from '../helpers/run-result.ts';

/** A project that has run; a test takes a copy of its cache, and runs what need be in a process of its own. */
const ran = makeInProcessProject('lab');
let copies = 0;

beforeAll(async () => {
  expect(await ran.run()).toMatchObject({ code: 0 });
});

function copied(): InProcessProject {
  return withCache(new InProcessProject(ran.root), ran.cache);
}

/** The same project with a copy of a cache, or with none. */
function withCache<P extends ProjectDirectory>(project: P, cache?: string): P {
  project.cache = project.beside(`cache-${copies++}`);
  if (cache !== undefined) cpSync(cache, project.cache, { recursive: true });
  return project;
}

/** Makes it so until the test has ended; false where that fails. */
function makeReadOnly(directory: string): boolean {
  return mount(directory, '--bind', directory) && mount(directory, '-o', 'remount,ro,bind');
}

test.skipIf(!canMount)(
  `a cache on a read-only file system can be looked at in every way (${NEEDS_MOUNT})`,
  async () => {
    const { cache } = ran;
    expect(makeReadOnly(cache)).toBe(true);
    const looks = [
      ['log'],
      ['log', 'mix'],
      ['show', 'mix'],
      ['show', 'run:1'],
      ['get', 'mix.total'],
      ['get', 'noise.values', '-o', ran.beside('noise')],
      ['fsck'],
      ['graph', ran.root],
      ['plan', ran.root],
      ['status', ran.root],
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
    for (const words of looks) {
      const { code, stderr } = await ran.restage([...words, '--cache', cache]);
      expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: '' });
    }
    const status = await ran.restage(['status', ran.root, '--json', '--cache', cache]);
    expect(JSON.parse(status.stdout)).toMatchObject({ fresh: true });
    const run = await new Project(ran.root).run();
    expect(run.code).toBe(5);
    expect(run.stderr).toMatch(
      /^restage: The cache directory .+ cannot be written: its file system is read-only; .+\n$/,
    );
    const tag = await ran.restage(['tag', 'run:1', 'good', '--cache', cache]);
    expect(tag.code).toBe(5);
  },
);

test.skipIf(!canMount)(
  `a run that was killed on a cache that is read-only now can be looked at (${NEEDS_MOUNT})`,
  async () => {
    const project = makeProject('lab').edit(
      'stages.ts',
      "tally('mix');",
      "tally('mix');\n    await new Promise((resolve) => setTimeout(resolve, 300_000));",
    );
    const live = await project.startRun();
    await live.event(({ type }) => type === 'node-ran');
    live.killGroup('SIGKILL');
    await live.ended;
    expect(readdirSync(project.cache)).toContain('state.db-wal');
    expect(makeReadOnly(project.cache)).toBe(true);
    const log = await inThisProcess(project).restage(['log', '--cache', project.cache]);
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
    const project = copied();
    const { cache } = project;
    const before = await project.restage(['log', '--cache', cache]);
    const sqlite = createRequire(import.meta.url).resolve('better-sqlite3');
    const { signal } = spawnSync(process.execPath, ['-e', HALF_A_CHANGE, sqlite, join(cache, 'state.db')]);
    expect(signal).toBe('SIGKILL');
    expect(readdirSync(cache)).toContain('state.db-journal');
    expect(makeReadOnly(cache)).toBe(true);
    expect(await project.restage(['log', '--cache', cache])).toEqual(before);
  },
);

test.skipIf(!canMount)(`a disk that is full ends every verb with one sentence (${NEEDS_MOUNT})`, async () => {
  // There is no room for what a first run puts into a cache.
  const first = withCache(new Project(ran.root));
  mkdirSync(first.cache);
  expect(mount(first.cache, '-t', 'tmpfs', '-o', 'size=700k', 'tmpfs')).toBe(true);
  refusesForRoom(await first.run(['-S', 'rows=20000']));
  await looksAt(first.cache);

  // Later runs get far, until one of their files does not fit.
  const later = withCache(new InProcessProject(ran.root));
  mkdirSync(later.cache);
  expect(mount(later.cache, '-t', 'tmpfs', '-o', 'size=2800k', 'tmpfs')).toBe(true);
  cpSync(ran.cache, later.cache, { recursive: true });
  for (let run = 0; run < 2; run++) refusesForRoom(await later.run(['-S', `rows=${20_000 + run}`]));
  expect(later.executed()).toContain('source');
  await looksAt(later.cache);
});

function refusesForRoom({ code, stdout, stderr }: Finished): void {
  expect(code).toBe(5);
  expect(stdout + stderr).toMatch(/no space left/);
  expect(stdout + stderr).not.toMatch(/internal error/);
}

async function looksAt(cache: string): Promise<void> {
  // Whatever room is left is filled to the last byte.
  spawnSync('dd', ['if=/dev/zero', `of=${join(cache, 'ballast')}`, 'bs=512'], { stdio: 'ignore' });
  for (const words of [['status', ran.root], ['plan', ran.root], ['log']]) {
    const { code, stderr } = await ran.restage([...words, '--cache', cache]);
    expect({ words, stderr }).toEqual({ words, stderr: expect.stringMatching(/^(restage: [^\n]+\n)?$/) as string });
    expect([0, 2, 5]).toContain(code);
    expect(stderr).not.toMatch(/internal error/);
  }
}

describe.skipIf(!canMount)(`objects that cannot be written (${NEEDS_MOUNT})`, () => {
  const FULL = ['-t', 'tmpfs', '-o', 'size=200k', 'tmpfs'];
  /** Its output alone fills the disk. */
  const IN_WORKER = 'p.add(source, { params: { rows: 2 * rows, note: words } })';

  test.each<[string, string, readonly string[], readonly string[], RegExp]>([
    ['in a worker, on a full disk', IN_WORKER, FULL, [], /no space left; free some.*ENOSPC/],
    ['in this process, on a full disk', '', FULL, [], /no space left.*ENOSPC/],
    [
      'in a worker, on a read-only file system',
      IN_WORKER,
      ['-t', 'tmpfs', '-o', 'ro', 'tmpfs'],
      ['source'],
      /read-only.*EROFS/,
    ],
  ])(
    '%s, end the run as an error of the cache, and the next run goes on',
    async (_, call, options, targets, sentence) => {
      const project = makeInProcessProject('lab');
      if (call !== '') project.edit('index.ts', 'p.add(source, { params: { rows, note: words }, ...policy })', call);
      const objects = join(project.cache, 'objects');
      mkdirSync(objects, { recursive: true });
      expect(mount(objects, ...options)).toBe(true);
      const { code, stderr, report, outcomes } = await project.run([...targets, '-S', 'rows=20000']);
      expect({ code, report }).toEqual({ code: 5, report: undefined });
      expect(stderr).toMatch(/^restage: An artifact of \d+ bytes could not be written to the cache [^\n]+\n$/);
      expect(stderr).toMatch(sentence);
      expect(Object.values(outcomes)).not.toContain('failed');
      const done = project.executed();
      expect(spawnSync('mount', ['-o', 'remount,rw,size=50m', objects]).status).toBe(0);
      const next = await project.run([...targets, '-S', 'rows=20000']);
      expect({ code: next.code, stderr: next.stderr }).toEqual({ code: 0, stderr: '' });
      // What was finished is a hit now.
      const states = project.query<{ n: number }>(
        'SELECT count(*) AS n FROM visit WHERE run = 1 AND state IS NOT NULL',
      )[0]!.n;
      expect(next.report!.counts.hit).toBe(states);
      expect(done.length).toBeGreaterThanOrEqual(states);
      const log = await project.restage(['log', '--json', '--cache', project.cache]);
      expect(JSON.parse(log.stdout)).toMatchObject({ runs: [{ outcome: 'ok' }, { outcome: 'failed' }] });
    },
  );
});

test('a SQLite that was built for another Node is reported with the command that repairs it, by every verb', async () => {
  const project = copied();
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
  const apart = new Project(project.root);
  const calls = [
    ['run', project.root],
    ['status', project.root],
    ['log'],
    ['show', 'mix'],
    ['fsck'],
    ['plan', project.root],
  ];
  const lines = calls.map((words) => [...words, '--cache', project.cache]);
  const env = { NODE_OPTIONS: `--require=${hook}` };
  const ended = [...(await inOneProcess(apart, lines, { env })), await apart.restage(lines[0]!, { env })];
  for (const { code, stderr } of ended)
    expect({ code, stderr }).toEqual({
      code: 5,
      stderr: expect.stringMatching(
        /^restage: better-sqlite3 cannot be loaded by Node v[^\n]+run: npm rebuild better-sqlite3[^\n]+\n$/,
      ) as string,
    });
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
  const { t, j } = p.add(fine, { params: { word: word + WORDS }, inputs: {}, executor: 'in-process' }).out;
  return { t, j, b: p.add(bad, { params: {}, inputs: {}, executor: 'in-process' }).out.t };
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
  const exact = execFileSync(process.execPath, [CLI, 'get', 'fine.j', '-o', '/dev/stdout', '--cache', cache], {
    cwd: root,
  });
  expect(exact.includes('hostile')).toBe(true);
  expect(existsSync(cache)).toBe(true);
});
