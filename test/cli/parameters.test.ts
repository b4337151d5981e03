import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, restage, sentence } from '../helpers/command.ts';
import { makeInProcessProject } from '../helpers/in-process-project.ts';
import { TOY } from './toy.ts';

const directory = mkdtempSync(join(tmpdir(), 'restage-params-'));
const cache = join(directory, 'cache');
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const toy = (verb: string, ...args: string[]): Promise<Outcome> =>
  restage([verb, TOY, ...args, '--cache', cache], { cwd: directory });
const paramsOf = async (...args: string[]): Promise<unknown> => {
  const outcome = await toy('show', '--json', ...args);
  if (outcome.code !== 0) throw new Error(outcome.stderr);
  return (JSON.parse(outcome.stdout) as { readonly params: unknown }).params;
};
const file = (name: string, content: string): string => {
  writeFileSync(join(directory, name), content);
  return name;
};
const defaults = { failing: -1, folds: 3, rows: 1000, scale: 1 };

describe('--params', () => {
  test('reads JSON, YAML and TypeScript; later files win, and -S wins over files', async () => {
    const json = file('a.json', '{ "folds": 2,\n\t"scale": 4 }');
    const yaml = file('b.yaml', '# comment\nscale: 5\nrows: 0x10\n');
    mkdirSync(join(directory, 'more'), { recursive: true });
    file('package.json', '{ "type": "module" }');
    file('more/base.ts', 'export const failing: number = -2;\n');
    const module = file('c.ts', "import { failing } from './more/base.ts';\nexport default { failing, rows: 2 };\n");
    expect(await paramsOf('--params', json)).toEqual({ ...defaults, folds: 2, scale: 4 });
    expect(await paramsOf('--params', json, '--params', yaml)).toEqual({ ...defaults, folds: 2, scale: 5, rows: 16 });
    expect(await paramsOf('--params', yaml, '--params', json)).toEqual({ ...defaults, folds: 2, scale: 4, rows: 16 });
    expect(await paramsOf('--params', yaml, '--params', module, '-S', 'scale=6')).toEqual({
      failing: -2,
      folds: 3,
      rows: 2,
      scale: 6,
    });
  });

  test.each([
    [
      'd.json',
      '{ "scal": 2 }',
      'Pipeline toy has no parameter scal (did you mean "scale"?); it has rows, folds, failing, scale (d.json:1).',
    ],
    [
      'e.yaml',
      'folds: 2\nscale: much\n',
      'Parameter scale of pipeline toy cannot be "much"; it takes a number (e.yaml:2).',
    ],
    ['f.yaml', 'folds: 2\nfolds: 3\n', 'The parameters of f.yaml:2 cannot be read: map keys must be unique.'],
    ['g.json', '{ folds: 2 }', /^The parameters of g\.json cannot be read: it is not JSON \(.*\)\.$/],
    ['h.yaml', '- 1\n', 'h.yaml holds no parameters by name; write for example "rate: 0.1", one a line.'],
    ['i.yaml', 'rows: &a [*a]\n', /^The parameters of i\.yaml:1 cannot be read: /],
    [
      'j.toml',
      'a = 1\n',
      'The ending of j.toml gives no format of parameters; use .json, .yaml, .yml, .ts, .mts, .js or .mjs.',
    ],
    [
      'k.ts',
      'export const folds = 2;\n',
      'k.ts has no plain object as its default export; write "export default { ... }".',
    ],
    [
      'l.ts',
      'throw new Error("not today");\n',
      'The parameters of l.ts cannot be read, since its own code throws Error: not today.',
    ],
  ])('refuses %s, with its place', async (name, content, message) => {
    file('package.json', '{ "type": "module" }');
    const outcome = await toy('plan', '--params', file(name, content));
    expect(outcome.code).toBe(2);
    expect(sentence(outcome)).toEqual(message instanceof RegExp ? expect.stringMatching(message) : message);
  });

  test('says that a file is missing', async () => {
    expect(sentence(await toy('plan', '--params', 'none.yaml'))).toBe(
      'The parameter file none.yaml cannot be read: it does not exist; check the path.',
    );
  });
});

describe('a run that is on record', () => {
  beforeAll(async () => {
    await toy('run', '-S', 'scale=2.5', '-S', 'folds=2', '--seed', '4');
    await restage(['tag', 'run:1', 'good', '--cache', cache], { cwd: directory });
  });

  test('shows its parameters in the form in which they can be given again', async () => {
    const { stdout } = await restage(['show', 'run:1', '--cache', cache], {
      cwd: directory,
      columns: 40,
      env: { NO_COLOR: '1' },
    });
    const from = stdout.indexOf('\n', stdout.indexOf('takes them all)')) + 1;
    const block = stdout.slice(from, stdout.indexOf('environment'));
    expect(block).toBe('  -S failing=-1 \\\n  -S folds=2 \\\n  -S rows=1000 \\\n  -S scale=2.5 \\\n  --seed 4\n');
    const words = block.replaceAll('\\\n', ' ').trim().split(/\s+/);
    expect((await toy('plan', ...words)).stdout).toContain('nothing to run');
  });

  test.each(['run:1', '1', 'good', 'run:latest'])('is done again with --like %s', async (name) => {
    const { stdout, stderr } = await toy('plan', '--like', name);
    expect(stdout).toContain('toy: nothing to run');
    expect(stderr).toBe('restage: like run 1, with its parameters and seed\n');
  });

  test('is the start for what a file, -S and --seed change, which is said', async () => {
    const { stdout, stderr } = await toy('plan', '--like', 'good', '-S', 'scale=3', '--seed', '5');
    expect(stdout).toContain('toy: 1 to run, 1 pending');
    expect(stderr).toBe('restage: like run 1, but scale 2.5 -> 3, the seed 4 -> 5\n');
    expect(await paramsOf('--like', 'run:1', '--params', file('m.json', '{"scale":7}'))).toEqual({
      ...defaults,
      folds: 2,
      scale: 7,
    });
  });

  test('is named wrongly: one sentence', async () => {
    expect(sentence(await toy('run', '--like', 'run:99'))).toBe(
      'There is no run 99: the latest is 1; "restage log" lists them.',
    );
    expect(sentence(await toy('run', '--like', 'average'))).toBe(
      '--like takes a run, and average is not one; write run:N, run:latest or the tag of a run.',
    );
  });
});

test('show of a pipeline tells what each parameter takes', async () => {
  const { stdout } = await toy('show', '-S', 'scale=2');
  expect(stdout).toContain('  rows     1000  whole number, > 0\n  folds       3  whole number, > 0\n');
  const { parameters } = JSON.parse((await toy('show', '--json', '-S', 'scale=2')).stdout) as {
    readonly parameters: readonly unknown[];
  };
  expect(parameters.at(-1)).toEqual({
    path: 'scale',
    value: 2,
    default: 1,
    type: 'number',
    choices: null,
    range: null,
    optional: false,
    required: false,
    when: null,
    description: null,
  });
});

test('show of a pipeline that has to be given a parameter lists its parameters, without its graph', async () => {
  const project = makeInProcessProject().write(
    'index.ts',
    `import { pipeline } from 'restage';
import { z } from 'zod';
export default pipeline({
  name: 'needy',
  params: z.strictObject({
    points: z.int().min(1).describe('how many to draw'),
    kind: z.enum(['flat', 'deep']),
    train: z.strictObject({ rate: z.number().positive(), steps: z.int().default(10) }),
    spare: z.strictObject({ size: z.number() }).default({ size: 1 }),
    name: z.string().optional(),
  }),
  build: (p, { points }) => { throw new Error('built for ' + points); },
});
`,
  );
  const show = (...args: string[]): ReturnType<typeof project.restage> =>
    project.restage(['show', project.root, ...args, '--cache', project.cache]);
  const { code, stdout, stderr } = await show();
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.split('\n').map((line) => line.trim().replaceAll(/ {2,}/g, '  '))).toEqual([
    'pipeline needy',
    'parameters (set one with -S path=value)',
    'points  (not set)  whole number, >= 1, required  how many to draw',
    'kind  (not set)  flat | deep, required',
    'train.rate  (not set)  number, > 0, required',
    'train.steps  10  whole number',
    'spare.size  1  number',
    'name  (not set)  text, optional',
    expect.stringMatching(
      /^"restage show \S+ -S points=\.\.\. -S kind=\.\.\. -S train\.rate=\.\.\." shows its stages too$/,
    ),
    '',
  ]);
  expect(JSON.parse((await show('--json')).stdout)).toMatchObject({
    nodes: null,
    stages: [],
    params: { spare: { size: 1 } },
    parameters: [{ path: 'points', value: null, required: true, optional: false }, { path: 'kind' }, {}, {}, {}, {}],
  });
  // What is given has to fit.
  expect((await show('-S', 'points=0')).stderr).toMatch(/^restage: .*points/);
});

test('what a run shows can be pasted, also where -S ~path removed something', async () => {
  const project = makeInProcessProject();
  project.write(
    'index.ts',
    `import { json, pipeline, stage } from 'restage';
     import { z } from 'zod';
     const weights = z.record(z.string(), z.number());
     export const sum = stage({ name: 'sum', params: z.strictObject({ weights }), inputs: {}, outputs: { sum: json<number>() },
       run: ({ params }) => ({ sum: Object.values(params.weights).reduce((a, b) => a + b, 0) }) });
     export default pipeline({ name: 'sum', params: z.strictObject({ weights: weights.default({ a: 1, b: 2 }) }),
       build: (p, params) => ({ sum: p.add(sum, { executor: 'in-process', params }).out.sum }) });`,
  );
  const run = async (...args: string[]): Promise<void> => {
    expect(await project.restage(['run', '.', '--cache', project.cache, ...args])).toMatchObject({ code: 0 });
  };
  await run('-S', '~weights.a');
  const { stdout } = await project.restage(['show', 'run:1', '--cache', project.cache]);
  const block = stdout.slice(stdout.indexOf('\n', stdout.indexOf('parameters (')) + 1, stdout.indexOf('environment'));
  expect(block).toBe('  --like run:1 \\\n  -S weights.b=2\n');
  await run(...block.replaceAll('\\\n', ' ').trim().split(/\s+/));
  const shown = async (id: number): Promise<unknown> =>
    (
      JSON.parse((await project.restage(['show', `run:${id}`, '--json', '--cache', project.cache])).stdout) as {
        params: unknown;
      }
    ).params;
  expect([await shown(1), await shown(2)]).toEqual([{ weights: { b: 2 } }, { weights: { b: 2 } }]);
  await run('--like', 'run:1', '-S', 'weights.a=3', '-S', '~weights.b');
  expect(await shown(3)).toEqual({ weights: { a: 3 } });
  expect(
    sentence(await project.restage(['run', '.', '--cache', project.cache, '--like', 'run:3', '-S', '~weights.b'])),
  ).toBe('Pipeline sum has no parameter weights.b to remove (did you mean "weights.a"?); it has weights.a.');
});
