/** A bundle leaves its project: it is replayed elsewhere, from what it holds, and says whether its numbers stand. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { makeInProcessProject, type InProcessProject } from '../helpers/in-process-project.ts';

const PIPELINE = `import { externalFile, file, json, pipeline, stage } from 'restage';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

export const read = stage({ name: 'lab/read', params: z.strictObject({ skip: z.int().default(1) }),
  inputs: { file: file() }, outputs: { numbers: json<number[]>() }, random: true, reads: ['config/offset.txt'],
  async run({ params, inputs, rng }) {
    const offset = Number(readFileSync('config/offset.txt', 'utf8'));
    const lines = readFileSync((await inputs.file.read()).path, 'utf8').trim().split('\\n').slice(params.skip);
    const draw = rng('noise');
    return { numbers: Array.from({ length: 900 }, (_, i) => Number(lines[i % lines.length]) + offset + draw.normal()) };
  } });
export const mean = stage({ name: 'lab/mean', params: z.strictObject({}), inputs: { numbers: json<number[]>() },
  outputs: { score: json<{ mean: number; count: number }>() },
  async run({ inputs, metric }) {
    const numbers = await inputs.numbers.read();
    const value = numbers.reduce((sum, each) => sum + each, 0) / numbers.length;
    metric('mean', value);
    return { score: { mean: value, count: numbers.length } };
  } });
export const drawn = stage({ name: 'lab/drawn', params: z.strictObject({}), inputs: { score: json<{ mean: number; count: number }>() },
  outputs: { luck: json<{ value: number }>() },
  async run({ inputs }) { return { luck: { value: (await inputs.score.read()).mean + Math.random() } }; } });

export default pipeline({
  name: 'lab', params: z.strictObject({}),
  build(p) {
    const r = p.add(read, { inputs: { file: externalFile(p.directory + '/numbers.csv') } }).out;
    const m = p.add(mean, { inputs: { numbers: r.numbers } }).out;
    const d = p.add(drawn, { inputs: { score: m.score } }).out;
    return { mean: m.score, luck: d.luck };
  },
});
`;

const require = createRequire(import.meta.url);

let project: InProcessProject;
let elsewhere: string;
let unreachable = '';
const bundle = (name: string): string => join(elsewhere, name);
const replay = (...words: readonly string[]) => project.restage(['replay', ...words], { cwd: elsewhere });

beforeAll(async () => {
  project = makeInProcessProject();
  elsewhere = project.beside('elsewhere');
  mkdirSync(elsewhere);
  project.write('index.ts', PIPELINE);
  project.write('numbers.csv', 'x\n1\n2\n4\n');
  project.write('config/offset.txt', '10');
  expect(await project.restage(['run', '.', '--cache', project.cache])).toMatchObject({ code: 0, stderr: '' });
  for (const [word, name] of [
    ['run:1/mean.score.mean', 'mean.zip'],
    ['run:1/drawn.luck.value', 'luck.zip'],
  ] as const)
    expect(await project.restage(['bundle', word, '-o', bundle(name), '--cache', project.cache])).toMatchObject({
      code: 0,
    });
  // What made it is gone: there is only the bundle.
  rmSync(project.cache, { recursive: true });
  for (const name of ['index.ts', 'numbers.csv', 'config', 'node_modules', 'package.json', 'package-lock.json'])
    rmSync(project.path(name), { recursive: true });
  const first = await replay(bundle('mean.zip'), '--yes', '--into', 'kept');
  if (first.stderr.includes('cannot reach a registry'))
    unreachable = 'the npm registry cannot be reached, from which a replay installs zod';
  else expect(first).toMatchObject({ code: 0, stderr: '' });
});

describe('a replay', () => {
  test('executes nothing before it has told what it would do', async () => {
    const told = await replay(bundle('mean.zip'));
    expect(told).toMatchObject({ code: 0, stderr: '' });
    expect(told.stdout).toMatch(
      /would execute: 2 states[^]*would install\n {2}zod \d[^]*config\/offset\.txt[^]*Nothing was installed or executed/,
    );
  });

  test('in an empty folder, without the project, gives the number again bit for bit', async ({ skip }) => {
    if (unreachable !== '') skip(unreachable);
    expect(readdirSync(bundle('kept')).sort()).toEqual([
      'cache',
      'data',
      'node_modules',
      'package-lock.json',
      'package.json',
      'project',
    ]);
    const shown = await project.restage(['how', 'run:1/mean.score.mean', '--cache', join('kept', 'cache')], {
      cwd: elsewhere,
    });
    expect(shown.stdout).toContain('lab/read');
    const again = await replay(bundle('mean.zip'), '--yes', '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({
      kind: 'replay',
      subjects: [{ name: 'run:1/mean.score.mean', stands: true }],
      states: [
        { node: 'read', verdict: 'same', since: [] },
        { node: 'mean', verdict: 'same', since: [] },
      ],
    });
    expect(existsSync(join(elsewhere, 'node_modules'))).toBe(false);
  });

  test('says that a number is not reproduced, what it is here, and which state differs first; exit 4', async ({
    skip,
  }) => {
    if (unreachable !== '') skip(unreachable);
    const { code, stdout } = await replay(bundle('luck.zip'), '--yes');
    expect(code).toBe(4);
    expect(stdout).toMatch(/replayed 3 states: 2 gave the same bytes\ndrawn differs first: other bytes for luck\n/);
    expect(stdout).toMatch(/run:1\/drawn\.luck\.value was 1\d\.\d+ and is 1\d\.\d+ here: it is not reproduced\.\n$/);
  });

  test('into a folder that is not empty is refused', async ({ skip }) => {
    if (unreachable !== '') skip(unreachable);
    const { code, stderr } = await replay(bundle('mean.zip'), '--yes', '--into', 'kept');
    expect(code).toBe(2);
    expect(stderr).toMatch(/kept is not empty; name another folder for the replay with --into DIR\.$/m);
  });
});

describe.each([
  ['pnpm', [join(require.resolve('pnpm'), '../bin/pnpm.cjs'), 'install', '--lockfile-only'], 'pnpm-lock.yaml'],
  ['Yarn 1', [join(require.resolve('yarn/package.json'), '../bin/yarn.js'), 'install', '--no-progress'], 'yarn.lock'],
] as const)('a project of %s', (_, command, file) => {
  test('is bundled with what its lock file says, and npm installs that for the replay', async ({ skip }) => {
    const lab = makeInProcessProject();
    const packages = { name: 'lab', private: true, type: 'module', dependencies: { zod: zodVersion() } };
    // Its own install would take what the project's packages are links to.
    lab.write('locked/package.json', JSON.stringify(packages));
    try {
      execFileSync(process.execPath, command, { cwd: lab.path('locked'), stdio: 'pipe', timeout: 60_000 });
    } catch {
      return skip('the npm registry cannot be reached');
    }
    rmSync(lab.path('package-lock.json'));
    copyFileSync(lab.path(`locked/${file}`), lab.path(file));
    rmSync(lab.path('locked'), { recursive: true });
    lab
      .write('package.json', JSON.stringify(packages))
      .write('index.ts', PIPELINE)
      .write('numbers.csv', 'x\n1\n')
      .write('config/offset.txt', '10');
    expect(await lab.restage(['run', '.', '--cache', lab.cache])).toMatchObject({ code: 0 });
    const made = lab.beside('lab.zip');
    const bundled = await lab.restage(['bundle', 'run:1/mean.score.mean', '-o', made, '--cache', lab.cache]);
    expect(bundled).toMatchObject({ code: 0, stderr: '' });
    const { stdout, stderr } = await lab.restage(['replay', made, '--yes'], { cwd: lab.beside('.') });
    if (stderr.includes('cannot reach a registry')) return skip(unreachable);
    expect(stdout).toContain(`installing zod ${zodVersion()}\n`);
    expect(stdout).toMatch(/run:1\/mean\.score\.mean is \S+ again, bit for bit\.\n$/);
  });
});

function zodVersion(): string {
  return (require('zod/package.json') as { readonly version: string }).version;
}
