import { symlinkSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { demoProject, emptyProject, Fixture, freshDirectory } from './fixture.ts';

const names = ({ packages }: { readonly packages: readonly { readonly name: string }[] }): readonly string[] =>
  packages.map(({ name }) => name);

test('only the packages that remain in a stage count, with all their dependencies', async () => {
  const project = demoProject();
  expect(names(await project.bundle())).toEqual(['tinier', 'tiny', 'zod']);
  expect(names(await project.bundle('demo/score'))).toEqual(['other', 'zod']);
});

test('a package is identified by the integrity in the lock file', async () => {
  const project = demoProject();
  const tiny = async (): Promise<unknown> =>
    (await project.bundle()).packages.filter(({ name }) => name.startsWith('tin'));
  expect(await tiny()).toEqual([
    { name: 'tinier', version: '1.0.0', integrity: 'sha512-tinier' },
    { name: 'tiny', version: '1.0.0', integrity: 'sha512-tiny' },
  ]);
  const { digest } = await project.bundle();
  project.edit('package-lock.json', 'sha512-tinier', 'sha512-tinier-again');
  expect(await tiny()).toContainEqual({ name: 'tinier', version: '1.0.0', integrity: 'sha512-tinier-again' });
  expect((await project.bundle()).digest).toBe(digest);
});

test('the lock file resolves dependencies as Node would: nested, optional, installed peers', async () => {
  const project = demoProject().write(
    'package-lock.json',
    JSON.stringify({
      lockfileVersion: 3,
      packages: {
        'node_modules/tiny': {
          version: '1.0.0',
          integrity: 'tiny',
          dependencies: { nested: '1' },
          optionalDependencies: { 'for-another-platform': '1', gone: '1' },
          peerDependencies: { 'peer-there': '1', 'peer-not-there': '1', restage: '*' },
        },
        'node_modules/tiny/node_modules/nested': {
          version: '1.0.0',
          integrity: 'nested-in',
          dependencies: { deep: '1' },
        },
        'node_modules/nested': { version: '2.0.0', integrity: 'nested-out' },
        'node_modules/deep': { version: '1.0.0', integrity: 'deep', dependencies: { nested: '2', tiny: '1' } },
        'node_modules/for-another-platform': { version: '1.0.0', integrity: 'platform', optional: true },
        'node_modules/peer-there': { version: '1.0.0', resolved: 'git+ssh://host/it#abc' },
        'node_modules/unrelated': { version: '1.0.0', integrity: 'unrelated' },
      },
    }),
  );
  const { packages } = await project.bundle();
  expect(packages.filter(({ name }) => name !== 'zod')).toEqual([
    { name: 'deep', version: '1.0.0', integrity: 'deep' },
    { name: 'for-another-platform', version: '1.0.0', integrity: 'platform' },
    { name: 'nested', version: '1.0.0 2.0.0', integrity: 'nested-in nested-out' },
    { name: 'peer-there', version: '1.0.0', integrity: 'git+ssh://host/it#abc' },
    { name: 'tiny', version: '1.0.0', integrity: 'tiny' },
  ]);
});

describe('without a lock file entry for the package', () => {
  const unlocked = async (project: Fixture): Promise<string> => {
    const { packages } = await project.bundle();
    const { integrity } = packages.find(({ name }) => name === 'tiny')!;
    return integrity;
  };

  test('it is identified by its own files', async () => {
    const project = demoProject().move('package-lock.json', 'elsewhere.json');
    const before = await unlocked(project);
    expect(before).toMatch(/^unlocked:[0-9a-f]{64}$/);
    expect(names(await project.bundle())).toEqual(['tiny', 'zod']);
    project.edit('node_modules/tiny/index.js', '/ 2', '/ 3');
    expect(await unlocked(project)).not.toBe(before);
  });

  test('and by the files of its dependencies', async () => {
    const project = demoProject().move('package-lock.json', 'elsewhere.json');
    project.edit('node_modules/tiny/package.json', '}', ',"dependencies":{"tinier":"1"}}');
    expect(names(await project.bundle())).toEqual(['tinier', 'tiny', 'zod']);
  });

  test('a lock file with a version other than the installed one does not vouch for it', async () => {
    const project = demoProject();
    expect(await unlocked(project)).toBe('sha512-tiny');
    project.edit('node_modules/tiny/package.json', '1.0.0', '1.0.1');
    expect(await unlocked(project)).toMatch(/^unlocked:/);
  });
});

test('a linked package is bundled as source, and is not a dependency', async () => {
  const library = new Fixture(freshDirectory())
    .write(
      'package.json',
      '{"name":"library","version":"1.0.0","type":"module","exports":{".":{"source":"./wrong.ts","default":"./index.ts"}}}',
    )
    .write('index.ts', "import { scale } from './scale.ts';\nexport const half = (x: number): number => x / scale;\n")
    .write('scale.ts', 'globalThis.scaled = true;\nexport const scale = 2;\n');
  const project = demoProject().edit('src/deeper.ts', "'tiny'", "'library'");
  symlinkSync(library.root, project.path('node_modules/library'));
  const before = await project.bundle();
  expect(before.text).toContain('globalThis.scaled');
  expect(names(before)).toEqual(['zod']);
  library.edit('scale.ts', '= 2', '= 3');
  expect((await project.bundle()).digest).not.toBe(before.digest);
});

test('a workspace package of the same repository is bundled too, and may declare stages', async () => {
  const project = emptyProject()
    .write('packages/steps/package.json', '{"name":"steps","type":"module","exports":"./index.ts"}')
    .write(
      'packages/steps/index.ts',
      "import { stage } from 'restage';\nexport const train = stage({ name: 'demo/train', run: () => 1 });\n",
    )
    .write(
      'src/pipeline.ts',
      "import { pipeline } from 'restage';\nimport { train } from 'steps';\nexport default pipeline({ name: 'demo', stages: [train] });\n",
    );
  symlinkSync('../packages/steps', project.path('node_modules/steps'));
  const bundle = await project.bundle();
  expect(bundle).toMatchObject({ module: 'packages/steps/index.ts', packages: [] });
});

test('in the repository of restage itself, its built files are restage and the rest is a project', async () => {
  const restage = new Fixture(freshDirectory())
    .write(
      'package.json',
      JSON.stringify({
        name: 'restage',
        version: '0.1.0',
        type: 'module',
        exports: { '.': './dist/index.js', './ml': './dist/ml.js' },
      }),
    )
    .write('dist/index.js', 'export const stage = (d) => d;\n')
    .write(
      'dist/ml.js',
      "import { stage } from './index.js';\nlet count = 0;\ncount++;\nexport const fit = () => [stage, count];\n",
    )
    .write('pipelines/demo/index.ts', "export { train } from './stages.ts';\n")
    .write(
      'pipelines/demo/stages.ts',
      "import { stage } from 'restage';\nimport { fit } from 'restage/ml';\nexport const train = stage({ name: 'demo/train', run: () => fit() });\n",
    );
  const bundle = await restage.bundle('demo/train', 'pipelines/demo/index.ts');
  expect(bundle.module).toBe('pipelines/demo/stages.ts');
  expect(bundle.text).toContain('from"restage"');
  expect(bundle.packages).toEqual([]);
  restage.edit('pipelines/demo/stages.ts', 'export', 'console.log(1);\nexport');
  await expect(restage.bundle('demo/train', 'pipelines/demo/index.ts')).rejects.toThrow('pipelines/demo/stages.ts:3:1');
});
