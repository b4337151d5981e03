import { cpSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { sha256 } from '../../../src/core/identity/digest.ts';
import { bundleStages } from '../../../src/identity/code/bundle.ts';
import { demoProject, Fixture, freshDirectory } from './fixture.ts';

const before = await demoProject().bundle();

describe('the digest stays the same', () => {
  const edits: readonly (readonly [string, (project: Fixture) => unknown])[] = [
    ['for a comment', (p) => p.edit('src/stages.ts', 'const row', '// a row\n/*! legal */ const row')],
    [
      'for a reformat',
      (p) => p.edit('src/stages.ts', 'return weigh(row.x);', "\n\n    return   weigh(\n      row['x'],\n    )\n"),
    ],
    ['for a type annotation', (p) => p.edit('src/stages.ts', 'const row: Row', 'const row: Readonly<Row>')],
    ['for a renamed type', (p) => p.write('src/stages.ts', p.read('src/stages.ts').replaceAll('Row', 'Line'))],
    ['for a sibling stage', (p) => p.edit('src/stages.ts', 'quarter(params.cut)', 'quarter(params.cut) + 1')],
    [
      "for a sibling stage's schema",
      (p) => p.edit('src/stages.ts', 'z.number().min(0).default(0.5)', 'z.number().max(2).default(1)'),
    ],
    [
      'for a new sibling that spreads, destructures, reads properties and extends',
      (p) =>
        p.edit(
          'src/stages.ts',
          'export const score',
          `const { max, ...rest } = Math;
export const [first = max(1, 2), second] = [Object.keys(rest).length];
const table = { z: z.int() };
class Base { static made = new Map().set('a', max); }
class Odd extends Base { static own = new Map(); static { this.own.set(first, [second]); } static ['z' + first] = 1; }
export const third = stage({ name: 'demo/third', params: z.object({ ...table, a: table.z.optional() }), tag: \`\${first}\`, run: () => Odd });
export const score`,
        ),
    ],
    ['for an unused helper', (p) => p.edit('src/helper.ts', "'unused'", "'still unused'")],
    ['for an unused constant', (p) => p.edit('src/constants.ts', '20', '21')],
    ['for reformatted JSON', (p) => p.write('src/config.json', '{\n    "scale": 3.0\n}')],
    [
      'for a moved helper file',
      (p) =>
        p
          .move('src/helper.ts', 'src/lib/other-name.ts')
          .edit('src/lib/other-name.ts', './deeper.ts', '../deeper.ts')
          .edit('src/stages.ts', './helper.ts', './lib/other-name.ts'),
    ],
    [
      'for moved JSON',
      (p) => p.move('src/config.json', 'src/settings.json').edit('src/deeper.ts', './config.json', './settings.json'),
    ],
    [
      'for a moved stage file',
      (p) =>
        p
          .move('src/stages.ts', 'src/deep/down/steps.ts')
          .edit('src/deep/down/steps.ts', './helper.ts', '../../helper.ts')
          .edit('src/pipeline.ts', './stages.ts', './deep/down/steps.ts'),
    ],
    ['for a change of the pipeline that uses it', (p) => p.edit('src/pipeline.ts', '[train, score]', '[train]')],
    [
      'for a change in an unused part of restage/ml',
      (p) => p.edit('node_modules/restage/dist/ml/adam.js', "'adam'", "'Adam'"),
    ],
    ['for a change in restage itself', (p) => p.edit('node_modules/restage/dist/index.js', 'isStage', 'isAStage')],
    ["for the user's tsconfig.json", (p) => p.write('src/tsconfig.json', '{"compilerOptions":{"target":"es5"}}')],
  ];
  test.each(edits)('%s', async (_, edit) => {
    const project = demoProject();
    edit(project);
    const after = await project.bundle();
    expect(after.text).toBe(before.text);
    expect(after.digest).toBe(before.digest);
    expect(after.packages).toEqual(before.packages);
  });

  test('in JavaScript compiled by tsc, in another directory', async () => {
    const project = demoProject().compile('built/js');
    const after = await project.bundle('demo/train', 'built/js/pipeline.js');
    expect(after.module).toBe('built/js/stages.js');
    expect(after.text).toBe(before.text);
  });

  test('in another place, under another name', async () => {
    const place = join(freshDirectory(), 'with a space', "it's ünïcode");
    cpSync(demoProject().root, place, { recursive: true, verbatimSymlinks: true });
    const after = await new Fixture(place).bundle();
    expect(after.text).toBe(before.text);
    expect(after.packages).toEqual(before.packages);
    expect(after.executable).not.toBe(before.executable);
  });

  test('with any other stages in the same bundle, in any order', async () => {
    const entry = demoProject().path('src/pipeline.ts');
    const { stages } = await bundleStages(entry, ['demo/score', 'demo/train']);
    expect(stages.map(({ stage }) => stage)).toEqual(['demo/score', 'demo/train']);
    expect(stages[1]!.text).toBe(before.text);
  });
});

describe('the digest changes', () => {
  const edits: readonly (readonly [string, (project: Fixture) => unknown])[] = [
    ['for an edit in its own body', (p) => p.edit('src/stages.ts', 'return weigh(row.x)', 'return weigh(row.x) + 1')],
    ['for a default in its own schema', (p) => p.edit('src/stages.ts', 'default(0.1)', 'default(0.2)')],
    ['for an edit in a schema that it spreads', (p) => p.edit('src/stages.ts', 'default(1)', 'default(2)')],
    ['for an edit in a helper', (p) => p.edit('src/helper.ts', '+ 1', '+ 2')],
    ['for a helper two imports down', (p) => p.edit('src/deeper.ts', 'Math.min', 'Math.max')],
    ['for an edit of a constant in a third module', (p) => p.edit('src/constants.ts', '10', '11')],
    ['for an edit in imported JSON', (p) => p.edit('src/config.json', '3', '4')],
    ['for an edit inside restage/ml', (p) => p.edit('node_modules/restage/dist/ml/fit.js', '* 2', '* 3')],
  ];
  test.each(edits)('%s', async (_, edit) => {
    const project = demoProject();
    edit(project);
    expect((await project.bundle()).digest).not.toBe(before.digest);
  });
});

describe('the text', () => {
  test('is the text that is hashed, and names neither the machine nor the files', () => {
    expect(before.digest).toBe(sha256('restage/code/v1\0', before.text));
    expect(before.text).not.toMatch(/file:|\/tmp|stages|helper|score|quarter/);
  });

  test('shows the code of the stage and everything that it reaches', () => {
    expect(before.text).toMatchInlineSnapshot(`
      "import{stage}from"restage";
      import{half}from"tiny";
      import{z}from"zod";
      const common=z.object({seed:z.int().default(1)});
      const fit=rate=>rate*2;
      const _default=JSON.parse("{\\"scale\\":3}");
      const LIMIT=10;
      const deeper=x=>Math.min(half(x)*_default.scale,LIMIT);
      function weigh(x){return deeper(x)+1}
      const _stage=stage({name:"demo/train",params:z.strictObject({...common.shape,rate:z.number().default(.1)}),run({params}){const row={x:fit(params.rate)};return weigh(row.x)}});
      export{_stage as default};
      "
    `);
  });

  test('has no code that only a dynamic import elsewhere in the file needs', async () => {
    const project = demoProject().write('src/lazy.ts', 'export const lazy = () => 1;\n');
    project.edit('src/stages.ts', 'quarter(params.cut)', "import('./lazy.ts')");
    expect((await project.bundle()).text).toBe(before.text);
    expect((await project.bundle('demo/score')).text).toContain('lazy');
  });

  test('is the same wherever the file of a dynamic import is, and whatever else imports that file', async () => {
    const project = demoProject().write('src/lazy.ts', 'export const lazy = () => 1;\n');
    project.edit('src/stages.ts', 'quarter(params.cut)', "import('./lazy.ts')");
    const { text } = await project.bundle('demo/score');
    project.move('src/lazy.ts', 'src/later/on.ts').edit('src/stages.ts', './lazy.ts', './later/on.ts');
    project.edit(
      'src/stages.ts',
      'interface',
      "import { lazy as eager } from './later/on.ts';\nexport { eager };\ninterface",
    );
    expect((await project.bundle('demo/score')).text).toBe(text);
    expect((await project.bundle()).text).toBe(before.text);
  });

  test('changes with the code of a dynamic import', async () => {
    const project = demoProject().write('src/lazy.ts', 'export const lazy = () => 1;\n');
    project.edit('src/stages.ts', 'quarter(params.cut)', "import('./lazy.ts')");
    const { digest } = await project.bundle('demo/score');
    project.edit('src/lazy.ts', '1', '2');
    expect((await project.bundle('demo/score')).digest).not.toBe(digest);
  });

  test('distinguishes two versions of one package', async () => {
    const project = demoProject();
    const library = new Fixture(freshDirectory())
      .write('package.json', '{"name":"library","version":"1.0.0","type":"module","main":"index.ts"}')
      .write('index.ts', "export { half as quarter } from 'tiny';\n")
      .write('node_modules/tiny/package.json', '{"name":"tiny","version":"2.0.0","type":"module","main":"index.js"}')
      .write('node_modules/tiny/index.js', 'export const half = (x) => x;\n');
    symlinkSync(library.root, project.path('node_modules/library'));
    project
      .edit('src/stages.ts', "from 'other'", "from 'library'")
      .edit('src/stages.ts', 'return weigh(row.x)', 'return quarter(weigh(row.x))');
    const { text, packages } = await project.bundle();
    expect(text).toContain('from"tiny"');
    expect(text).toContain('from"tiny#2"');
    expect(packages.find(({ name }) => name === 'tiny')).toMatchObject({ version: '1.0.0 2.0.0' });
  });
});

test('a stage lists the files that it was bundled from, and marks the ones that remain in its text', async () => {
  expect(before).toMatchObject({ stage: 'demo/train', module: 'src/stages.ts', exportName: 'train' });
  expect(before.files.map(({ path, inText }) => [path, inText])).toEqual([
    ['node_modules/restage/dist/ml/adam.js', false],
    ['node_modules/restage/dist/ml/fit.js', true],
    ['node_modules/restage/dist/ml/index.js', false],
    ['src/config.json', true],
    ['src/constants.ts', true],
    ['src/deeper.ts', true],
    ['src/helper.ts', true],
    ['src/stages.ts', true],
  ]);
  const project = demoProject();
  const { files } = await project.bundle();
  expect(files.at(-1)!.sha256).toBe(sha256(project.read('src/stages.ts')));
});

test('a stage is found under any name that its module exports it by', async () => {
  const project = demoProject()
    .edit('src/pipeline.ts', 'import { score, train }', 'import score, { fitted as train }')
    .edit('src/stages.ts', 'export const train', 'const train')
    .edit('src/stages.ts', 'export const score =', 'export { train as fitted };\nexport default');
  const train = await project.bundle();
  expect(train).toMatchObject({ exportName: 'fitted', text: before.text });
  expect(await project.bundle('demo/score')).toMatchObject({ exportName: 'default' });
});
