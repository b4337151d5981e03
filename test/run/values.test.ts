/** What stages hand over, from the call to the record and to what people see of it. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';

/** A project of one node, `make`, whose stage has these outputs and this body of `run`. */
function projectOf(outputs: string, body: string, before = ''): InProcessProject {
  return makeInProcessProject().write(
    'index.ts',
    `import { bytes, json, pipeline, stage, table, text, weights } from 'restage';
import { z } from 'zod';
${before}
const none = z.strictObject({});
export const make = stage({ name: 'lab/make', params: none, inputs: {}, outputs: { y: ${outputs} }, run({ metric }) { ${body} } });
export default pipeline({
  name: 'values',
  params: none,
  build: (p) => ({ y: p.add(make, { executor: 'in-process' }).out.y }),
});
`,
  );
}

describe('an output that its codec cannot keep', () => {
  test.each([
    [
      'bytes()',
      'return { y: new ArrayBuffer(8) as never };',
      'Output y of node make is an instance of ArrayBuffer; give a Uint8Array.',
    ],
    [
      'bytes()',
      'return { y: Uint16Array.of(300) as never };',
      'Output y of node make is a Uint16Array; give a Uint8Array.',
    ],
    ['text()', "return { y: 'a\\ud800' };", 'Output y of node make has half a surrogate pair (\\ud800) at index 1'],
    [
      'weights()',
      'return { y: { w: { shape: [2, 2], data: Float32Array.of(1, 2, 3) } } };',
      'Output y of node make: tensor w has the shape [2, 2], which is 4 elements, and 3 elements of data',
    ],
    [
      'weights()',
      'return { y: { w: { shape: [-1, -4], data: Float32Array.of(1, 2, 3, 4) } } };',
      'Output y of node make: tensor w has the shape [-1, -4]; its members must be whole numbers from 0 on.',
    ],
    [
      'table()',
      'return { y: { rows: 2, columns: { x: Float32Array.of(1, 2, 3) } } };',
      'Output y of node make: column x has 3 values in a table of 2 rows',
    ],
    ['json<number>()', 'return { y: 0 / 0 };', 'Output y of node make is NaN, which JSON cannot hold'],
    [
      'json<number[]>()',
      'return { y: [1, 1 / 0] };',
      'Output y of node make, at [1], is Infinity, which JSON cannot hold',
    ],
    [
      'json()',
      'return { y: { losses: [{ at: 0 / 0 }] } };',
      'Output y of node make, at losses[0].at, is NaN, which JSON cannot hold',
    ],
  ])('of %s fails the stage in one sentence: %s', async (codec, body, sentence) => {
    const { report, code } = await projectOf(codec, body).run();
    expect(code).toBe(1);
    expect(report!.failures).toHaveLength(1);
    const { failure } = report!.failures[0]!;
    expect(failure).toMatchObject({ class: 'error' });
    expect(failure.message).toContain(sentence);
  });

  test.each([
    [
      '[new ArrayBuffer(8)]',
      'Output y of node make, as its codec own encodes it, is an instance of ArrayBuffer; give a Uint8Array.',
    ],
    [
      '[Float32Array.of(1.5)]',
      'Output y of node make, as its codec own encodes it, is a Float32Array; give a Uint8Array.',
    ],
    ["['abc']", 'Output y of node make, as its codec own encodes it, is the text "abc"; give a Uint8Array.'],
    ['Promise.resolve([])', 'Output y of node make, as its codec own encodes it, is not a list of chunks'],
  ])('because a codec of the user encodes it to %s fails the stage in one sentence', async (chunks, sentence) => {
    const codec = `const own = { kind: 'own', encode: () => ${chunks} as never, decode: (content: Uint8Array) => content };`;
    const { report } = await projectOf('own', 'return { y: 1 as never };', codec).run();
    expect(report!.failures[0]!.failure.message).toContain(sentence);
  });

  test('because of a transform in its schema is refused before anything runs', async () => {
    const kelvin = 'const Kelvin = z.number().transform((celsius) => celsius + 273);';
    const { code, stderr } = await projectOf('json(Kelvin)', 'return { y: 20 };', kelvin).run();
    expect(code).toBe(2);
    expect(stderr).toContain('Output y of stage lab/make has a schema with a transform: it would change the value');
  });

  test.each([
    'z.object({ get kids() { return z.array(Leaf); } })',
    'z.object({ get kids() { return Leaf.nullable().array(); } })',
    'z.object({ kids: z.lazy(() => z.array(Leaf)) })',
    'z.object({ n: z.number().default(0) }).extend({ get kids() { return z.array(Leaf); } })',
  ])('is found in a schema that refers to a constant further down: %s', async (schema) => {
    const project = (leaf: string): InProcessProject => {
      const made = projectOf('json(Tree)', 'return { y: { n: 0, kids: [1, 2] } } as never;', `const Tree = ${schema};`);
      const source = readFileSync(made.path('index.ts'), 'utf8');
      return made.write('index.ts', source.replace('export default', `const Leaf = ${leaf};\nexport default`));
    };
    const { report, stderr } = await project('z.number()').run();
    expect(stderr).toBe('');
    expect(report!.results[0]!.value).toMatchObject({ kids: [1, 2] });
    const refused = await project('z.number().transform((n) => n + 1)').run();
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain('Output y of stage lab/make has a schema with a transform at kids[]: ');
  });

  test('is not what every object inherits', async () => {
    const project = projectOf('json(), toString: json()', 'return { y: 1 } as never;');
    const { report } = await project.run();
    expect(report!.failures[0]!.failure.message).toBe(
      'Stage lab/make returned no output "toString"; it declares y, toString and returned y.',
    );
  });
});

describe('a metric that is not finite', () => {
  const project = projectOf(
    'json<number>()',
    `for (const [step, value] of [0.5, 0 / 0, 1 / 0, -1 / 0, 0.25].entries()) metric('loss', value, step);
     metric('last', 0 / 0);
     return { y: 1 };`,
  );
  const place = ['--cache', project.cache];

  test('is recorded as it is, and the stage goes on', async () => {
    const { report, events } = await project.run();
    expect(report!.outcome).toBe('ok');
    const told = events.flatMap((event) => (event.type === 'node-metric' ? [event.value] : []));
    expect(told).toEqual([0.5, 'NaN', 'Infinity', '-Infinity', 0.25, 'NaN']);
    const rows = project.query<{ value: number | null }>('SELECT value FROM metric ORDER BY sequence');
    expect(rows.map(({ value }) => value)).toEqual([0.5, null, Infinity, -Infinity, 0.25, null]);
  });

  test('is shown as it is, by log and show, for people and as JSON', async () => {
    const log = await project.restage(['log', 'make', ...place]);
    expect(log.stdout).toMatch(/^loss\s+0\.25\s+-Infinity\s+Infinity\s+4\s+5$/m);
    expect(log.stdout).toMatch(/^last\s+NaN\s+NaN\s+NaN\s+1$/m);
    const show = await project.restage(['show', 'make', ...place]);
    expect(show.stdout).toMatch(/^\s+last\s+NaN\s+NaN\s+NaN\s+1$/m);
    for (const verb of ['log', 'show']) {
      const { stdout } = await project.restage([verb, 'make', '--json', ...place]);
      const { metrics } = JSON.parse(stdout) as { readonly metrics: readonly { readonly value: unknown }[] };
      expect(metrics.map(({ value }) => value)).toEqual([0.5, 'NaN', 'Infinity', '-Infinity', 0.25, 'NaN']);
    }
  });
});
