/**
 * Packages as npm, pnpm and Yarn really install them: what changes in them runs again, and how they lie does not
 * matter.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { makeProject, type Project } from '../helpers/project.ts';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));
const require = createRequire(import.meta.url);
const NPM = join(dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');

const PIPELINE = `import { json, pipeline, stage } from 'restage';
import { scaled } from 'above';
import { z } from 'zod';
const none = z.strictObject({});
export const step = stage({ name: 'lab/step', params: none, inputs: {}, outputs: { x: json<number>() }, run: () => ({ x: scaled(40) }) });
export default pipeline({ name: 'lab', params: none, build: (p) => p.add(step).out });
`;

interface Manager {
  readonly name: string;
  readonly command: readonly string[];
  readonly files: Readonly<Record<string, string>>;
  /** Set aside where the manager itself cannot run here. */
  readonly missing?: string;
}

const MANAGERS: readonly Manager[] = [
  {
    name: 'npm',
    command: [NPM, 'install', '--offline', '--no-audit', '--no-fund'],
    files: {},
    ...(existsSync(NPM) ? {} : { missing: `this Node has no npm at ${NPM}` }),
  },
  {
    name: 'pnpm',
    command: [join(require.resolve('pnpm'), '../bin/pnpm.cjs'), 'install', '--offline', '--no-frozen-lockfile'],
    files: { '.npmrc': 'store-dir=../pnpm-store\ncache-dir=../pnpm-cache\npackage-import-method=copy\n' },
  },
  {
    name: 'Yarn 1',
    command: [
      join(require.resolve('yarn/package.json'), '../bin/yarn.js'),
      'install',
      '--offline',
      '--no-progress',
      '--cache-folder',
      '../yarn-cache',
    ],
    files: {},
  },
  {
    name: 'Yarn with node_modules',
    command: [join(require.resolve('@yarnpkg/cli-dist/package.json'), '../bin/yarn.js'), 'install', '--no-immutable'],
    files: {
      '.yarnrc.yml':
        'nodeLinker: node-modules\nenableGlobalCache: false\nenableTelemetry: false\nenableNetwork: false\ncacheFolder: ../yarn-cache\nglobalFolder: ../yarn-global\n',
    },
  },
  {
    name: 'Yarn with links to a store',
    command: [join(require.resolve('@yarnpkg/cli-dist/package.json'), '../bin/yarn.js'), 'install', '--no-immutable'],
    files: {
      '.yarnrc.yml':
        'nodeLinker: pnpm\nenableGlobalCache: false\nenableTelemetry: false\nenableNetwork: false\ncacheFolder: ../yarn-cache\nglobalFolder: ../yarn-global\n',
    },
  },
];

/** Packs a package of two files; `above` depends on `tiny`. */
function pack(lab: Project, name: string, json: object, files: Readonly<Record<string, string>>): string {
  const folder = lab.beside(`sources/${name}`);
  for (const [file, text] of Object.entries({
    ...files,
    'package.json': JSON.stringify({ name, version: '1.0.0', type: 'module', exports: './index.js', ...json }),
  })) {
    mkdirSync(dirname(join(folder, 'package', file)), { recursive: true });
    writeFileSync(join(folder, 'package', file), text);
  }
  const tarball = lab.beside(`${name}-1.0.0.tgz`);
  execFileSync('tar', ['-czf', tarball, '-C', folder, 'package']);
  return tarball;
}

function install(lab: Project, { command }: Manager): void {
  rmSync(lab.path('node_modules'), { recursive: true, force: true });
  const env = { PATH: process.env['PATH'] ?? '', HOME: lab.beside('home'), CI: '1', YARN_IGNORE_PATH: '1' };
  mkdirSync(env.HOME, { recursive: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: lab.root, env, encoding: 'utf8' });
  // Some of them say on standard output what went wrong.
  if (status !== 0) throw new Error(`${command.join(' ')} ended with ${status}:\n${stdout}${stderr}`);
  for (const [name, target] of [
    ['restage', REPOSITORY],
    ['zod', join(REPOSITORY, 'node_modules/zod')],
  ] as const)
    symlinkSync(target, lab.path(`node_modules/${name}`));
}

function project(manager: Manager): Project {
  const lab = makeProject();
  rmSync(lab.path('package-lock.json'));
  const tiny = pack(
    lab,
    'tiny',
    {},
    {
      'index.js': "export * from './lib/half.js';",
      'lib/half.js': 'export const half = (x) => x / 2;',
    },
  );
  const above = pack(
    lab,
    'above',
    { dependencies: { tiny: `file:${tiny}` } },
    { 'index.js': "import { half } from 'tiny';\nexport const scaled = (x) => half(x) + 1;" },
  );
  lab.write(
    'package.json',
    JSON.stringify({ name: 'lab', private: true, type: 'module', dependencies: { above: `file:${above}` } }),
  );
  for (const [file, text] of Object.entries(manager.files)) lab.write(file, text);
  lab.write('index.ts', PIPELINE);
  install(lab, manager);
  return lab;
}

/** Where the package of this name that `above` uses really lies. */
function placeOfTiny(lab: Project): string {
  const above = realpathSync(lab.path('node_modules/above'));
  return dirname(realpathSync(createRequire(join(above, 'index.js')).resolve('tiny')));
}

const value = async (lab: Project): Promise<readonly [ran: number | undefined, x: unknown]> => {
  const { report, stderr } = await lab.run();
  if (report === undefined) throw new Error(stderr);
  return [report.counts.ran, report.results.find(({ name }) => name === 'x')?.value];
};

describe.each(MANAGERS)('installed by $name, a package', (manager) => {
  test('that is patched runs again, and after another install does not', ({ skip }) => {
    if (manager.missing !== undefined) skip(manager.missing);
    return patchAndInstall(manager);
  });
});

async function patchAndInstall(manager: Manager): Promise<void> {
  const lab = project(manager);
  expect(await value(lab)).toEqual([1, 21]);
  const tiny = placeOfTiny(lab);
  // As patch-package does it: the version and the lock file stay. The file may be a link to one in the manager's store.
  rmSync(join(tiny, 'lib/half.js'));
  writeFileSync(join(tiny, 'lib/half.js'), 'export const half = (x) => x / 20;');
  expect(await value(lab)).toEqual([1, 3]);
  install(lab, manager);
  expect(await value(lab)).toEqual([0, 21]);
}

test('of a folder that npm copies, new content of the same version runs again', async ({ skip }) => {
  if (!existsSync(NPM)) skip(`this Node has no npm at ${NPM}`);
  const lab = makeProject();
  rmSync(lab.path('package-lock.json'));
  lab
    .write('lib/package.json', '{"name":"above","version":"1.0.0","type":"module","exports":"./index.js"}')
    .write('lib/index.js', 'export const scaled = (x) => x / 2;')
    .write('package.json', '{"name":"lab","private":true,"type":"module","dependencies":{"above":"file:lib"}}')
    .write('index.ts', PIPELINE);
  const npm = (...words: readonly string[]): Manager => ({
    name: 'npm',
    command: [NPM, ...words, '--install-links', '--offline', '--no-audit', '--no-fund'],
    files: {},
  });
  install(lab, npm('install'));
  expect(await value(lab)).toEqual([1, 20]);
  lab.write('lib/index.js', 'export const scaled = (x) => x / 4;');
  install(lab, npm('ci'));
  expect(await value(lab)).toEqual([1, 10]);
});
