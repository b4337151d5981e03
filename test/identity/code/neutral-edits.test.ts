import { describe, expect, test } from 'vitest';
import { demoProject, type Fixture } from './fixture.ts';

const STAGES = `import { stage, json } from 'restage';
import { z } from 'zod';
import { half } from 'tiny';
import { scale, shift } from './tools.ts';

const Rate = z.number().min(0).describe('how fast').meta({ title: 'Rate', examples: [0.1] });
const names = ['a', 'b'].map((name) => name.toUpperCase());

export const train = stage({
  name: 'demo/train',
  description: 'Trains the model.',
  params: z.strictObject({ rate: Rate.default(0.1), text: z.string().default('x').describe('words') }),
  inputs: {},
  outputs: { model: json<number>() },
  run: ({ params }) => ({ model: half(scale(shift(params.rate))) + names.length }),
});

export const score = stage({
  name: 'demo/score',
  description: 'Scores the model.',
  params: z.strictObject({ cut: z.number().default(0.5) }),
  inputs: {},
  outputs: {},
  run: ({ params }) => scale(params.cut),
});
`;
const TOOLS = `export const FACTOR = 3;
export function scale(x: number): number { return x * FACTOR; }
export const shift = (x: number): number => x + OFFSET;
const OFFSET = Math.max(1, 2);
export class Layer { name = 'tools'; }
`;

function project(): Fixture {
  const made = demoProject().write('src/stages.ts', STAGES).write('src/tools.ts', TOOLS);
  return made.edit(
    'node_modules/restage/dist/index.js',
    'export const pipeline',
    'export const json = () => ({});\nexport const many = json, table = json;\nexport const pipeline',
  );
}
const before = await project().bundle();

describe('the digest stays the same', () => {
  const edits: readonly (readonly [string, (project: Fixture) => unknown])[] = [
    ["for a stage's description", (p) => p.edit('src/stages.ts', 'Trains the model.', 'Fits the model, slowly.')],
    ["without a stage's description", (p) => p.edit('src/stages.ts', "  description: 'Trains the model.',\n", '')],
    [
      "for a stage's description at another place",
      (p) =>
        p
          .edit('src/stages.ts', "  description: 'Trains the model.',\n", '')
          .edit('src/stages.ts', '+ names.length }),\n', '+ names.length }),\n  description: `Trains`,\n'),
    ],
    ["for a sibling's description", (p) => p.edit('src/stages.ts', 'Scores the model.', 'Judges it.')],
    ['for the description of a schema', (p) => p.edit('src/stages.ts', "describe('how fast')", "describe('speed')")],
    ['without the description of a schema', (p) => p.edit('src/stages.ts', ".describe('how fast')", '')],
    ['for the description of a field', (p) => p.edit('src/stages.ts', "describe('words')", "describe('some words')")],
    [
      'for the metadata of a schema',
      (p) => p.edit('src/stages.ts', "title: 'Rate'", "title: 'Speed', deprecated: true"),
    ],
    [
      'without the metadata of a schema',
      (p) => p.edit('src/stages.ts', ".meta({ title: 'Rate', examples: [0.1] })", ''),
    ],
    ['for the order of imported names', (p) => p.edit('src/stages.ts', '{ stage, json }', '{ json, stage }')],
    ['for an unused imported name', (p) => p.edit('src/stages.ts', '{ stage, json }', '{ stage, json, many, table }')],
    [
      'for two imports of one package',
      (p) =>
        p.edit(
          'src/stages.ts',
          'import { stage, json } from',
          "import { json } from 'restage';\nimport { stage } from",
        ),
    ],
    [
      'for a renamed import',
      (p) =>
        p.write(
          'src/stages.ts',
          p.read('src/stages.ts').replace('stage, json', 'stage as declare, json').replaceAll('= stage(', '= declare('),
        ),
    ],
    [
      'for a namespace import of restage',
      (p) =>
        p.write(
          'src/stages.ts',
          p
            .read('src/stages.ts')
            .replace('{ stage, json }', '* as restage')
            .replaceAll('= stage(', '= restage.stage(')
            .replaceAll('json<', 'restage.json<'),
        ),
    ],
    ['for import * as z', (p) => p.edit('src/stages.ts', '{ z }', '* as z')],
    ['for import z', (p) => p.edit('src/stages.ts', 'import { z }', 'import z')],
    [
      'for import { z as zod }',
      (p) =>
        p.write('src/stages.ts', p.read('src/stages.ts').replace('{ z }', '{ z as zod }').replaceAll('z.', 'zod.')),
    ],
    ['for the default export of zod by name', (p) => p.edit('src/stages.ts', '{ z }', '{ default as z }')],
    [
      'for sorted import lines',
      (p) =>
        p.write(
          'src/stages.ts',
          p.read('src/stages.ts').split('\n').slice(0, 4).sort().join('\n') +
            '\n' +
            p.read('src/stages.ts').split('\n').slice(4).join('\n'),
        ),
    ],
    [
      'for reversed import lines',
      (p) =>
        p.write(
          'src/stages.ts',
          p.read('src/stages.ts').split('\n').slice(0, 4).reverse().join('\n') +
            '\n' +
            p.read('src/stages.ts').split('\n').slice(4).join('\n'),
        ),
    ],
    [
      'for a namespace import of helpers',
      (p) =>
        p.write(
          'src/stages.ts',
          p
            .read('src/stages.ts')
            .replace('{ scale, shift }', '* as tools')
            .replace('scale(shift(', 'tools.scale(tools.shift(')
            .replace('scale(params.cut)', 'tools.scale(params.cut)'),
        ),
    ],
    [
      'for helpers behind another file',
      (p) => p.write('src/all.ts', "export * from './tools.ts';\n").edit('src/stages.ts', './tools.ts', './all.ts'),
    ],
    [
      'for a new sibling stage that no pipeline has',
      (p) =>
        p.edit(
          'src/stages.ts',
          'export const score',
          "export const extra = stage({ name: 'demo/extra', params: z.strictObject({ row: z.int() }), inputs: {}, outputs: {}, run: ({ params: rate }) => rate.row });\nexport const score",
        ),
    ],
    ['for the sibling before it', (p) => move(p, 'export const score', 'export const train')],
    [
      'for reordered helpers',
      (p) =>
        p.write('src/tools.ts', TOOLS.trim().split('\n').reverse().join('\n').replace('const OFFSET', 'const OFFSET')),
    ],
    [
      'for a stage in a file of its own',
      (p) => {
        const text = p.read('src/stages.ts');
        const at = text.indexOf('export const score');
        p.write(
          'src/stages.ts',
          text
            .slice(at)
            .replace(
              /^/,
              "import { stage } from 'restage';\nimport { z } from 'zod';\nimport { scale } from './tools.ts';\n",
            ),
        );
        p.write('src/own/train.ts', text.slice(0, at).replace('./tools.ts', '../tools.ts'));
        return p.write(
          'src/pipeline.ts',
          "export { train } from './own/train.ts';\nexport { score } from './stages.ts';\n",
        );
      },
    ],
    [
      'for a helper in a file of its own',
      (p) =>
        p
          .write('src/scale.ts', 'const FACTOR = 3;\nexport function scale(x: number): number { return x * FACTOR; }\n')
          .edit(
            'src/tools.ts',
            'export const FACTOR = 3;\nexport function scale(x: number): number { return x * FACTOR; }\n',
            '',
          )
          .edit(
            'src/stages.ts',
            'import { scale, shift } from',
            "import { scale } from './scale.ts';\nimport { shift } from",
          ),
    ],
    [
      'for a helper in the file of the stage',
      (p) =>
        p
          .edit('src/tools.ts', 'export function scale', 'function scale')
          .edit('src/stages.ts', '{ scale, shift }', '{ FACTOR, shift }')
          .edit('src/stages.ts', 'const Rate', 'function scale(x: number): number { return x * FACTOR; }\nconst Rate'),
    ],
    [
      'for a sibling with the name of a local variable',
      (p) => p.edit('src/tools.ts', 'export class', 'export const x = 1, params = 2;\nexport class'),
    ],
    [
      'for the name of the constant that holds the stage',
      (p) => p.edit('src/stages.ts', 'const train', 'const fit').edit('src/pipeline.ts', 'score, train', 'score, fit'),
    ],
    [
      'for the name of a helper as that of the constant',
      (p) =>
        p
          .edit('src/stages.ts', 'const train', 'const scale')
          .edit('src/stages.ts', '{ scale, shift }', '{ scale as times, shift }')
          .edit('src/stages.ts', 'half(scale(', 'half(times(')
          .edit('src/stages.ts', 'scale(params.cut)', 'times(params.cut)')
          .edit('src/pipeline.ts', 'score, train', 'score, scale'),
    ],
    [
      'for a stage that is the default export',
      (p) =>
        p
          .edit('src/stages.ts', 'export const train =', 'export default')
          .edit('src/pipeline.ts', '{ score, train }', 'train, { score }'),
    ],
    [
      'for an export form',
      (p) =>
        p
          .edit('src/tools.ts', 'export function scale', 'function scale')
          .edit('src/tools.ts', 'export class', 'export { scale };\nexport class'),
    ],
    [
      'for interfaces and type imports',
      (p) =>
        p.edit(
          'src/stages.ts',
          'const Rate',
          "import type { Layer } from './tools.ts';\ninterface Unused { readonly layer: Layer }\nconst Rate",
        ),
    ],
  ];
  test.each(edits)('%s', async (_, edit) => {
    const changed = project();
    edit(changed);
    const after = await changed.bundle();
    expect(after.text).toBe(before.text);
    expect(after.digest).toBe(before.digest);
  });
});

describe('the digest changes', () => {
  const edits: readonly (readonly [string, (project: Fixture) => unknown])[] = [
    [
      'for a description that the code reads',
      (p) => p.edit('src/stages.ts', 'names.length }', 'names.length + Number(train.description) }'),
    ],
    ['for a check of a schema', (p) => p.edit('src/stages.ts', 'min(0)', 'min(1)')],
    ['for a default after a description', (p) => p.edit('src/stages.ts', "default('x')", "default('y')")],
    [
      'for a name of an output',
      (p) => p.edit('src/stages.ts', 'outputs: { model: json<number>() }', 'outputs: { fit: json<number>() }'),
    ],
    ['for a module-level value', (p) => p.edit('src/stages.ts', "'b'].map", "'b', 'c'].map")],
    ['for a helper behind a function', (p) => p.edit('src/tools.ts', 'Math.max(1, 2)', 'Math.max(1, 3)')],
    [
      'for a package in the place of another',
      (p) => p.edit('src/stages.ts', "{ half } from 'tiny'", "{ quarter as half } from 'other'"),
    ],
    ['for another member of a package', (p) => p.edit('src/stages.ts', '{ half }', '{ default as half }')],
  ];
  test.each(edits)('%s', async (_, edit) => {
    const changed = project();
    edit(changed);
    expect((await changed.bundle()).digest).not.toBe(before.digest);
  });

  test.each([
    ['reads the description of a schema', 'Number(Rate.description)'],
    ['reads the metadata of a schema', 'Object.keys(Rate.meta() ?? {}).length'],
    ['makes a JSON schema', 'Object.keys(z.toJSONSchema(Rate)).length'],
    ['passes a schema to a package', 'half(Rate as never)'],
  ])('for the description of a schema, where the stage %s', async (_, code) => {
    const changed = project().edit('src/stages.ts', 'names.length', code);
    const { digest } = await changed.bundle();
    changed.edit('src/stages.ts', "describe('how fast')", "describe('speed')");
    expect((await changed.bundle()).digest).not.toBe(digest);
  });

  test('for the name of the constant that holds the stage, where code could evaluate it', async () => {
    const changed = project().edit('src/stages.ts', 'names.length', "Number(eval('typeof fit'))");
    const { digest } = await changed.bundle();
    changed.edit('src/stages.ts', 'const train', 'const fit').edit('src/pipeline.ts', 'score, train', 'score, fit');
    expect((await changed.bundle()).digest).not.toBe(digest);
  });

  test("for a stage's description, where another stage's code has the stage", async () => {
    const changed = project().edit('src/stages.ts', 'names.length', 'Object.keys(score).length');
    const { digest } = await changed.bundle();
    changed.edit('src/stages.ts', 'Scores the model.', 'Judges it.');
    expect((await changed.bundle()).digest).not.toBe(digest);
  });
});

function move(p: Fixture, what: string, before_: string): Fixture {
  const text = p.read('src/stages.ts');
  const moved = text.slice(text.indexOf(what));
  return p.write(
    'src/stages.ts',
    text.replace(moved, '').replace(before_, () => `${moved}\n${before_}`),
  );
}
