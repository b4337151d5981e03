/** A memoised answer is the one that a fresh look would give, whatever appeared, went away or was linked meanwhile. */
import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bundleStages } from '../../../src/identity/code/bundle.ts';
import { loadStageCode } from '../../../src/planning/definition/stage-code.ts';
import { resolveRequest } from '../../../src/planning/request/resolve-request.ts';
import { openEmptyCache } from '../../helpers/empty-cache.ts';
import { makeProjectDirectory, type ProjectDirectory } from '../../helpers/project-directory.ts';

type Mutation = (lab: ProjectDirectory) => unknown;

const json = (fields: object): string => JSON.stringify({ version: '1.0.0', type: 'module', ...fields });

function project(imports: string, used: string): ProjectDirectory {
  const lab = makeProjectDirectory('lab').write(
    'src/index.ts',
    `import { json, stage } from 'restage';\n${imports}\nexport const step = stage({ name: 'lab/step', outputs: { x: json<unknown>() }, run: () => ({ x: ${used} }) });\n`,
  );
  onTestFinished(() => rmSync(lab.root, { recursive: true }));
  return lab;
}

/** Digests by a memo and by a fresh look, and whether anything was bundled for the former. */
async function look(lab: ProjectDirectory) {
  // What has just been changed is not memoised.
  await sleep(20);
  const cache = openEmptyCache(lab.cache);
  try {
    let isBundled = false;
    const request = resolveRequest({ pipeline: lab.path('src'), workingDirectory: lab.root });
    const { stages } = await loadStageCode(cache, request.project, ['lab/step'], () => void (isBundled = true));
    const fresh = await bundleStages(lab.path('src/index.ts'), ['lab/step']);
    const digests = ({ digest, packages }: (typeof stages)[number] | (typeof fresh.stages)[number]): unknown => [
      digest,
      packages,
    ];
    return { isBundled, memo: JSON.stringify(stages.map(digests)), fresh: JSON.stringify(fresh.stages.map(digests)) };
  } finally {
    cache.close();
  }
}

async function expectToSee(lab: ProjectDirectory, mutation: Mutation): Promise<void> {
  const before = await look(lab);
  expect(before.memo).toBe(before.fresh);
  expect((await look(lab)).isBundled).toBe(false);
  mutation(lab);
  const after = await look(lab);
  expect(after.fresh).not.toBe(before.fresh);
  expect(after.memo).toBe(after.fresh);
}

describe('a memo of sources ends when', () => {
  const SOURCES: readonly (readonly [
    what: string,
    imports: string,
    files: Readonly<Record<string, string>>,
    Mutation,
  ])[] = [
    [
      'a package.json says which file a folder stands for',
      "import { v } from './lib';",
      { 'src/lib/index.ts': 'export const v = 1;', 'src/lib/other.ts': 'export const v = 2;' },
      (lab) => lab.write('src/lib/package.json', '{"main":"./other.ts"}'),
    ],
    [
      'what a folder stands for changes its extension',
      "import { v } from './lib';",
      { 'src/lib/package.json': '{"main":"./other"}', 'src/lib/other.js': 'export const v = 1;' },
      (lab) => lab.write('src/lib/other.ts', 'export const v = 2;'),
    ],
    [
      'a nearer package.json has imports',
      "import { v } from './sub/a.ts';",
      {
        'package.json': json({ name: 'lab', imports: { '#h': './src/far.ts' } }),
        'src/far.ts': 'export const v = 1;',
        'src/sub/near.ts': 'export const v = 2;',
        'src/sub/a.ts': "export { v } from '#h';",
      },
      (lab) => lab.write('src/sub/package.json', '{"imports":{"#h":"./near.ts"}}'),
    ],
    [
      'the compiled file that imports names is there',
      "import { v } from '#h';",
      { 'package.json': json({ name: 'lab', imports: { '#h': './src/h.js' } }), 'src/h.ts': 'export const v = 1;' },
      (lab) => lab.write('src/h.js', 'export const v = 2;'),
    ],
    [
      'a file takes precedence over a folder',
      "import { v } from './lib';",
      { 'src/lib/index.ts': 'export const v = 1;' },
      (lab) => lab.write('src/lib.ts', 'export const v = 2;'),
    ],
    [
      'an index file takes precedence over another one',
      "import { v } from './lib';",
      { 'src/lib/index.js': 'export const v = 1;' },
      (lab) => lab.write('src/lib/index.ts', 'export const v = 2;'),
    ],
    [
      'an earlier target of an alias is there',
      "import { v } from '@/v';",
      {
        'tsconfig.json': '{ /* mine */ "compilerOptions": { "paths": { "@/*": ["./over/*", "./src/*",], } } }',
        'src/v.ts': 'export const v = 1;',
      },
      (lab) => lab.write('over/v.ts', 'export const v = 2;'),
    ],
    [
      'a file takes precedence over the folder that an alias leads to',
      "import { v } from '@v';",
      {
        'tsconfig.json': '{ "extends": "./config/base" }',
        'config/base.json': '{ "compilerOptions": { "paths": { "@v": ["../src/v"] } } }',
        'src/v/index.ts': 'export const v = 1;',
      },
      (lab) => lab.write('src/v.ts', 'export const v = 2;'),
    ],
    [
      'baseUrl leads to a file before a package does',
      "import { v } from 'tiny';",
      {
        'tsconfig.json': '{ "compilerOptions": { "baseUrl": "./base" } }',
        'node_modules/tiny/package.json': json({ name: 'tiny', main: 'index.js' }),
        'node_modules/tiny/index.js': 'export const v = 1;',
      },
      (lab) => lab.write('base/tiny.ts', 'export const v = 2;'),
    ],
  ];
  test.each(SOURCES)('%s', async (_, imports, files, mutation) => {
    const lab = project(imports, 'v');
    for (const [file, text] of Object.entries(files)) lab.write(file, text);
    await expectToSee(lab, mutation);
  });
});

describe('a memo of packages ends when', () => {
  const tiny = (): ProjectDirectory =>
    project("import { v } from 'tiny';", 'v')
      .write('node_modules/tiny/package.json', json({ name: 'tiny', main: 'index.js', dependencies: { x: '1' } }))
      .write('node_modules/tiny/index.js', "export { v } from './lib/v.js';\nexport * from 'x';\n")
      .write('node_modules/tiny/lib/v.js', 'export const v = 1;\n')
      .write('node_modules/x/package.json', json({ name: 'x' }))
      .write('node_modules/x/index.js', 'export const x = 1;\n');
  const copyOfTiny = (lab: ProjectDirectory, directory: string): ProjectDirectory =>
    lab
      .write(`${directory}/package.json`, json({ name: 'tiny', main: 'index.js' }))
      .write(`${directory}/index.js`, 'export const v = 3;\n');

  test.each<readonly [string, Mutation]>([
    ['an inner file is patched', (lab) => lab.edit('node_modules/tiny/lib/v.js', '1', '10')],
    ['a dependency is upgraded', (lab) => lab.edit('node_modules/x/index.js', '1', '2')],
    [
      'a dependency is installed inside',
      (lab) =>
        lab
          .write('node_modules/tiny/node_modules/x/package.json', json({ name: 'x' }))
          .write('node_modules/tiny/node_modules/x/index.js', 'export const x = 2;\n'),
    ],
    ['a dependency has no package.json', (lab) => lab.write('node_modules/tiny/lib/../node_modules/x/index.js', '1')],
    ['it is shadowed beside the sources', (lab) => copyOfTiny(lab, 'src/node_modules/tiny')],
    [
      'it is shadowed by a folder without package.json',
      (lab) => lab.write('src/node_modules/tiny/index.js', 'export const v = 4;\n'),
    ],
    [
      'a link takes its place',
      (lab) => {
        copyOfTiny(lab, 'vendor/tiny');
        rmSync(lab.path('node_modules/tiny'), { recursive: true });
        symlinkSync('../vendor/tiny', lab.path('node_modules/tiny'));
      },
    ],
    [
      'a folder inside becomes a link',
      (lab) => {
        lab.write('elsewhere/v.js', 'export const v = 5;\n');
        renameSync(lab.path('node_modules/tiny/lib'), lab.path('node_modules/tiny/old'));
        symlinkSync('../../elsewhere', lab.path('node_modules/tiny/lib'));
      },
    ],
    ['another file becomes its main one', (lab) => lab.edit('node_modules/tiny/package.json', 'index.js', 'lib/v.js')],
  ])('%s', async (_, mutation) => expectToSee(tiny(), mutation));

  test('a file inside is linked to another one', async () => {
    const lab = tiny().write('node_modules/tiny/lib/w.js', 'export const v = 6;\n');
    renameSync(lab.path('node_modules/tiny/lib/v.js'), lab.path('node_modules/tiny/lib/u.js'));
    symlinkSync('u.js', lab.path('node_modules/tiny/lib/v.js'));
    await expectToSee(lab, () => {
      rmSync(lab.path('node_modules/tiny/lib/v.js'));
      symlinkSync('w.js', lab.path('node_modules/tiny/lib/v.js'));
    });
  });

  test('a file or folder appears in a package that hides what it loads', async () => {
    const lab = tiny().write(
      'node_modules/tiny/index.js',
      'export const v = (name) => import(name);\nexport const w = import.meta.url;\n',
    );
    mkdirSync(lab.path('node_modules/tiny/lib/deep'));
    await expectToSee(lab, () => lab.write('node_modules/tiny/lib/deep/new.js', ''));
    await expectToSee(lab, () => lab.write('node_modules/x/new/new.js', ''));
  });

  test('an absent package is installed', async () => {
    const lab = project('', "import('later')");
    await expectToSee(lab, () => copyOfTiny(lab, 'node_modules/later'));
  });
});

test('a memo stays when nothing that counts changes', async () => {
  const lab = project("import { z } from 'zod';", 'z');
  await look(lab);
  lab.write('notes.md', 'x').write('src/other.ts', 'export {};').write('node_modules/unrelated/package.json', '{}');
  lab.write('package-lock.json', '{}');
  expect((await look(lab)).isBundled).toBe(false);
});
