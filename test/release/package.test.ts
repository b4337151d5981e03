/**
 * restage as others have it: packed, installed into an empty folder, and used there to make a project. One installation
 * for all tests. Install scripts are left out, since compiling SQLite takes a minute: what they would have made is
 * copied.
 */
import { execFile } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const SQLITE = 'node_modules/better-sqlite3/build/Release/better_sqlite3.node';
/** For one answer of the registry. */
const PATIENCE = '--fetch-timeout=60000';
const INSTALL = ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', PATIENCE];

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const base = realpathSync(mkdtempSync(join(tmpdir(), 'restage-package-')));
afterAll(() => rmSync(base, { recursive: true, force: true }));
const tarballs = join(base, 'tarballs');
const project = join(base, 'my-fits');
let packed: readonly string[] = [];
let unreachable = '';

async function call(command: string, args: readonly string[], cwd = project): Promise<Ended> {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_OPTIONS$|NODE_ENV$|TEST$)/i.test(name)),
  );
  return new Promise((resolve) => {
    execFile(command, args, { cwd, env, encoding: 'utf8' }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : typeof error.code === 'number' ? error.code : 1, stdout, stderr });
    });
  });
}

async function succeed(command: string, ...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await call(command, args);
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
  return stdout;
}

/** npm replaces folders as it likes, so the compiled SQLite is put into its place after each installation. */
async function install(...packages: readonly string[]): Promise<void> {
  await succeed('npm', ...INSTALL, ...packages);
  mkdirSync(join(project, SQLITE, '..'), { recursive: true });
  cpSync(join(REPOSITORY, SQLITE), join(project, SQLITE));
}

/** What `npx` starts after a second of its own: that npx finds it is seen once. */
function installed(name: string): string {
  return join(project, 'node_modules/.bin', name);
}

beforeAll(async () => {
  for (const folder of [tarballs, project]) mkdirSync(folder);
  // npm would build first, under the feet of the other tests.
  const made = await call('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', tarballs], REPOSITORY);
  const [{ files }] = JSON.parse(made.stdout) as [{ files: readonly { readonly path: string }[] }];
  packed = files.map(({ path }) => path).sort();
  const [tarball] = readdirSync(tarballs);
  // Asked for something that is needed anyhow: not every mirror answers `npm ping`.
  const probe = await call('npm', ['view', 'zod', 'name', '--prefer-online', '--fetch-retries=0', PATIENCE]);
  if (probe.code !== 0) {
    const [said = 'no answer'] = /(?<=npm error ).*/.exec(probe.stderr) ?? [];
    unreachable = `the npm registry cannot be reached (${said}), so restage cannot be installed from its tarball`;
    return;
  }
  await install(join(tarballs, tarball!));
}, 600_000);

describe('the package', () => {
  test('holds what is needed and nothing else', () => {
    expect(packed).toEqual(
      expect.arrayContaining([
        'README.md',
        'LICENSE',
        'CHANGELOG.md',
        'docs/concepts.md',
        'package.json',
        'dist/cli/bin.js',
        'dist/index.d.ts',
        'dist/ml/portable/kernels.wasm',
        'dist/cli/completion/scripts/restage.bash',
        'dist/cli/init/template/gitignore',
        'dist/cli/init/template/pipeline.ts',
      ]),
    );
    const rest = packed.filter(
      (path) =>
        !/^dist\/.*\.(js|d\.ts)$/.test(path) &&
        !/^dist\/cli\/(init\/template|completion)\//.test(path) &&
        !/^docs\/.*\.(md|svg)$/.test(path) &&
        !['README.md', 'LICENSE', 'CHANGELOG.md', 'package.json', 'dist/ml/portable/kernels.wasm'].includes(path),
    );
    expect(rest).toEqual([]);
    expect(packed.filter((path) => /\.test\.|\/fixtures\//.test(path))).toEqual([
      'dist/cli/init/template/pipeline.test.ts',
    ]);
  });

  test('sends nobody to files that are not in it, but those who know our own condition', () => {
    const { exports } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
      readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
    };
    const targets = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string'
        ? [entry]
        : Object.entries(entry).flatMap(([condition, path]) => (condition === '@restage/source' ? [] : [path])),
    );
    expect(targets.length).toBeGreaterThan(6);
    for (const target of targets) expect(packed).toContain(target.replace('./', ''));
  });
});

describe('a project made by restage init from the installed package', { timeout: 300_000 }, () => {
  test('is complete, and takes restage from where it was had', async ({ skip }) => {
    if (unreachable !== '') skip(unreachable);
    const told = await succeed('npx', 'restage', 'init');
    expect(told).toContain(`my-fits is made in ${project}: package.json, tsconfig.json, pipeline.ts, stages.ts,`);
    expect(
      told
        .slice(told.indexOf('Next:'))
        .split('\n')
        .map((line) => line.split('#')[0]!.trim()),
    ).toEqual(['Next:', 'npm install', 'npx restage run', 'npm test', '']);
    const manifest = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8')) as Record<string, unknown>;
    expect(manifest).toMatchObject({
      name: 'my-fits',
      type: 'module',
      dependencies: { restage: expect.stringMatching(/^file:\.\.\/tarballs\/restage-.*\.tgz$/) as string },
    });
    expect(readFileSync(join(project, '.gitignore'), 'utf8')).toContain('cache/');
    expect(readFileSync(join(project, 'pipeline.ts'), 'utf8')).toContain("name: 'my-fits'");
    await install();
  });

  test('runs at once, and again runs nothing', async ({ skip }) => {
    if (unreachable !== '') skip(unreachable);
    const first = await succeed(installed('restage'), 'run');
    expect(first).toContain('run 1 of my-fits: 9 nodes');
    expect(first).toContain('Next:\n  restage show evaluate ');
    expect(await succeed(installed('restage'), 'run')).toContain('my-fits: all 9 nodes are up to date');
    expect(await succeed(installed('restage'), 'run', '-S', 'degrees=8')).toContain('8 up to date, 3 ran');
  });

  test('passes its own test and a strict compiler', async ({ skip }) => {
    if (unreachable !== '') skip(unreachable);
    const tested = await call('npm', ['test', '--', '--reporter=json']);
    expect(tested).toMatchObject({ code: 0 });
    expect(JSON.parse(tested.stdout.slice(tested.stdout.indexOf('{"num')))).toMatchObject({ numPassedTests: 2 });
    expect(await succeed(installed('tsc'), '--noEmit')).toBe('');
  });

  test('computes with the kernels of the package', async ({ skip }) => {
    if (unreachable !== '') skip(unreachable);
    writeFileSync(
      join(project, 'wave.ts'),
      `import { json, pipeline, stage } from 'restage';
import { cos } from 'restage/ml';
import { z } from 'zod';
export const wave = stage({
  name: 'my-fits/wave', params: z.strictObject({}), inputs: {}, outputs: { on: json<string>(), at: json<number>() },
  compute: true,
  run: ({ backend }) => ({ on: backend.name, at: cos(0) }),
});
export default pipeline({
  name: 'wave', params: z.strictObject({}),
  build(p) { const { out } = p.add(wave, {}); return { on: out.on, at: out.at }; },
});
`,
    );
    expect(await succeed(installed('restage'), 'run', 'wave.ts')).toContain('on: portable\nat: 1\n');
  });

  test('is not overwritten: the message names the existing files', async ({ skip }) => {
    if (unreachable !== '') skip(unreachable);
    const again = await call(installed('restage'), ['init']);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain(
      `restage: ${project} already has tsconfig.json, pipeline.ts, stages.ts, pipeline.test.ts, README.md and .gitignore, which restage init does not overwrite; name a new folder: restage init my-project`,
    );
  });
});
