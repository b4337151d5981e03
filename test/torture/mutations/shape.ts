/** Where things are, what they are called, how they are imported and wired. */
import { edit, free, type Mutation, neutral, real } from './mutation.ts';

const SIBLING = `
export const sibling = stage({ name: 'world/sibling', params: z.strictObject({}), inputs: {}, outputs: { y: json<number>() },
  run: () => ({ y: 1 }) });
`;

export const SHAPE: readonly Mutation[] = [
  neutral(
    'a description of a stage',
    edit('stages/fit.ts', "name: 'world/fit',", "name: 'world/fit', description: 'Fits a line.',"),
  ),
  neutral(
    'a description in a schema of a stage',
    edit('stages/fit.ts', 'rate: z.number()', "rate: z.number().describe('how fast')"),
  ),
  neutral(
    'metadata in a schema of a stage',
    edit('stages/fit.ts', 'rate: z.number()', "rate: z.number().meta({ title: 'rate' })"),
  ),
  neutral('a name that is imported and not used', edit('stages/fit.ts', '{ json, stage }', '{ json, stage, text }')),
  neutral('the order of imported names', edit('stages/fit.ts', '{ json, stage }', '{ stage, json }')),
  neutral(
    'two imports of one package',
    edit(
      'stages/fit.ts',
      "import { json, stage } from 'restage';",
      "import { json } from 'restage';\nimport { stage } from 'restage';",
    ),
  ),
  neutral('the order of imports', (world) =>
    world
      .edit('stages/fit.ts', "import { mean, sum } from '../lib/math.ts';\n", '')
      .edit(
        'stages/fit.ts',
        "import { scale } from '#scale';",
        "import { scale } from '#scale';\nimport { mean, sum } from '../lib/math.ts';",
      ),
  ),
  neutral(
    'zod is imported as a namespace',
    edit('stages/fit.ts', "import { z } from 'zod'", "import * as z from 'zod'"),
  ),
  neutral('zod is imported as a default', edit('stages/fit.ts', "import { z } from 'zod'", "import z from 'zod'")),
  neutral('a helper is imported as a namespace', (world) =>
    world
      .edit('stages/fit.ts', "import { scale } from '#scale'", "import * as scales from '#scale'")
      .edit('stages/fit.ts', 'scale(centre)', 'scales.scale(centre)'),
  ),
  neutral('a stage that is not wired is added', (world) => world.append('stages/several.ts', SIBLING)),
  neutral(
    'a stage that is not wired is added before the others',
    edit('stages/several.ts', 'export const kitted', `${SIBLING.trim()}\n\nexport const kitted`),
  ),
  neutral('a stage moves to a file of its own', (world) => {
    const text = world.read('stages/mix.ts');
    const at = text.indexOf('export const note');
    world
      .write('stages/mix.ts', text.slice(0, at))
      .write(
        'stages/note.ts',
        `import { json, observation, text } from 'restage';\nimport { z } from 'zod';\n\n${text.slice(at)}`,
      )
      .edit('index.ts', '{ mix, note, part }', '{ mix, part }')
      .edit('index.ts', 'import { noise }', "import { note } from './stages/note.ts';\nimport { noise }");
  }),
  // What cannot be proven to have no effect belongs to every stage that reaches its file.
  free('a stage moves away from a file that it reached with its effects', (world) => {
    const text = world.read('stages/several.ts');
    const at = text.indexOf('export const unit');
    world
      .write('stages/several.ts', text.slice(0, at))
      .write('stages/unit.ts', `import { json, stage } from 'restage';\nimport { z } from 'zod';\n\n${text.slice(at)}`)
      .edit(
        'index.ts',
        "import { features, kitted, unit } from './stages/several.ts'",
        "import { features, kitted } from './stages/several.ts';\nimport { unit } from './stages/unit.ts'",
      );
  }),
  neutral('stages change places in their file', (world) => {
    const text = world.read('stages/several.ts');
    const [head, first, second, third] = text.split(/(?=export const )/);
    world.write('stages/several.ts', `${head!}${third!}\n${second!}${first!}`);
  }),
  neutral('a file of stages is renamed', (world) =>
    world
      .move('stages/several.ts', 'stages/many/things.ts')
      .edit('stages/many/things.ts', '../lib/', '../../lib/')
      .edit('index.ts', './stages/several.ts', './stages/many/things.ts'),
  ),
  neutral('a helper is renamed', (world) =>
    world.move('lib/parse.ts', 'lib/numbers-in.ts').edit('stages/read.ts', 'lib/parse.ts', 'lib/numbers-in.ts'),
  ),
  neutral('a helper moves to another file', (world) =>
    world
      .write('lib/math.ts', world.read('lib/math.ts').replace(/export function mean[^}]*}\n/, ''))
      .write(
        'lib/mean.ts',
        "import { sum } from './math.ts';\n\nexport function mean(values: readonly number[]): number {\n  return sum(values) / values.length;\n}\n",
      )
      .edit(
        'stages/fit.ts',
        "import { mean, sum } from '../lib/math.ts';",
        "import { sum } from '../lib/math.ts';\nimport { mean } from '../lib/mean.ts';",
      ),
  ),
  neutral('an import without its extension', edit('stages/fit.ts', "'../lib/math.ts'", "'../lib/math'")),
  neutral('the name of an exported constant', (world) =>
    world
      .edit('stages/noise.ts', 'export const noise', 'export const hiss')
      .edit('index.ts', '{ noise }', '{ hiss as noise }'),
  ),
  free('the name of a stage', edit('stages/halve.ts', "'world/halve'", "'world/half'")),
  free('a key of a node', edit('index.ts', 'key: { k }', 'key: { part: k }')),
  neutral('the name of the pipeline', edit('index.ts', "name: 'world',", "name: 'globe',")),
  neutral('a tag', edit('index.ts', 'p.add(fit, {', "p.add(fit, { tags: ['a'],")),
  neutral(
    'retries, priority and a time limit',
    edit('index.ts', 'p.add(fit, {', 'p.add(fit, { retries: { error: 2 }, priority: 3, timeoutSeconds: 900,'),
  ),
  {
    ...neutral(
      'a stage that ran here would run in a worker',
      edit('index.ts', "executor: 'in-process'", "executor: 'worker'"),
    ),
  },
  real('an input is wired to another output', edit('index.ts', 'half, even, kit', 'half: even, even, kit')),
  real('inputs change places', edit('index.ts', 'half, even, kit', 'half: even, even: half, kit')),
  real(
    'a list of inputs is turned round',
    edit('index.ts', 'split.map(({ out }) => out.y)', 'split.map(({ out }) => out.y).reverse()'),
  ),
  neutral('nodes are added in another order', (world) => {
    const line = '    const { values } = p.add(noise, { params: { size: 3 }, inputs: {}, ...here }).out;\n';
    world.edit('index.ts', line, '').edit('index.ts', '    const { rows } =', `${line}    const { rows } =`);
  }),
  real(
    'a parameter is wired to another value',
    edit('index.ts', 'params: { label, shift }', 'params: { label: mode, shift }'),
  ),
  real('a constant in the pipeline', edit('index.ts', 'params: { size: 3 }', 'params: { size: 4 }')),
  free(
    'a stage asks for randomness that it does not use',
    edit('stages/read.ts', "name: 'world/read',", "name: 'world/read', random: true,"),
  ),
  real('a file of data in one place, same length', edit('data/points.csv', '1.25', '1.26')),
  real('a file of data grows', (world) => world.append('data/points.csv', '7.5\n')),
  neutral('a file of data has the same numbers with other line endings at its end', (world) =>
    world.touch('data/points.csv'),
  ),
  neutral('a file of data is written again', (world) => world.write('data/points.csv', world.read('data/points.csv'))),
  neutral('a file of data becomes a link to the same bytes', (world) => world.link('data/points.csv', 'same.csv')),
  real('a file of data becomes a link to other bytes', (world) => world.link('data/points.csv', 'other.csv')),
  real('a file of data is exchanged with another', (world) =>
    world.remove('data/points.csv').copy('data/other.csv', 'data/points.csv'),
  ),
  real('a file of data becomes a hard link to another', (world) => world.hardLink('data/points.csv', 'data/other.csv')),
  real('the folder of the data becomes a link to another', (world) =>
    world
      .move('data', 'data-was')
      .copy('data-was', 'data-new')
      .copy('data-new/other.csv', 'data-new/points.csv')
      .link('data', 'data-new'),
  ),
  neutral('a file that nothing reads', (world) => world.write('notes.txt', 'words\n')),
  real('a folder has a package.json that names another file', (world) =>
    world
      .write('stages/fit.ts', world.read('stages/fit.ts'))
      .edit('package.json', '"imports": {', '"imports": { "#unused": "./lib/more.ts",')
      .edit('package.json', './lib/scale.ts', './lib/scale-other.ts'),
  ),
  real('a nearer package.json gives # another meaning', (world) =>
    world
      .write('stages/package.json', '{ "type": "module", "imports": { "#scale": "../lib/scale-other.ts" } }')
      .write('stages/scale.ts', 'export const scale = (x: number): number => x * 9;\n')
      .write('stages/package.json', '{ "type": "module", "imports": { "#scale": "./scale.ts" } }'),
  ),
];
