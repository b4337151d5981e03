import { symlinkSync } from 'node:fs';
import { expect, test } from 'vitest';
import { demoProject, emptyProject, Fixture, freshDirectory } from './fixture.ts';

const names = ({ packages }: { readonly packages: readonly { readonly name: string }[] }): readonly string[] =>
  packages.map(({ name }) => name);

test('only the packages that remain in a stage count, with all their dependencies', async () => {
  const project = demoProject();
  expect(names(await project.bundle())).toEqual(['tinier', 'tiny', 'zod']);
  expect(names(await project.bundle('demo/score'))).toEqual(['other', 'zod']);
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

test("a project of Yarn's Plug'n'Play is refused", async () => {
  const project = demoProject().write('.pnp.cjs', '');
  await expect(project.bundle()).rejects.toThrow(
    `The packages of ${project.root} are installed by Yarn's Plug'n'Play, without files that Node can import; set "nodeLinker: node-modules" in .yarnrc.yml and run \`yarn install\`.`,
  );
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
