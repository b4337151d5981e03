import { expect, test } from 'vitest';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

const PIPELINE = `
import { json, many, pipeline, stage } from 'restage';
import { z } from 'zod';
const none = z.strictObject({});
export const one = stage({ name: 'g/one', params: z.strictObject({ note: z.string() }), inputs: {}, outputs: { n: json<number>() },
  run: () => ({ n: 1 }) });
export const copy = stage({ name: 'g/copy', params: none, inputs: { n: json<number>() }, outputs: { n: json<number>() },
  run: async ({ inputs }) => ({ n: await inputs.n.read() }) });
export const part = stage({ name: 'g/part', params: z.strictObject({ k: z.int(), bad: z.int() }), inputs: { n: json<number>() },
  outputs: { m: json<number>() }, run: async ({ params, inputs }) => {
    if (params.k === params.bad) throw new Error('bad');
    return { m: (await inputs.n.read()) + params.k };
  } });
export const sum = stage({ name: 'g/sum', params: none, inputs: { parts: many(json<number>()) }, outputs: { s: json<number>() },
  run: async ({ inputs }) => ({ s: (await Promise.all(inputs.parts.map((p) => p.read()))).reduce((a, b) => a + b, 0) }) });
const at = { executor: 'in-process' } as const;
export default pipeline({ name: 'g', params: z.strictObject({ note: z.string().default(''), bad: z.int().default(-1) }),
  build(p, { note, bad }) {
    const { n } = p.add(one, { ...at, params: { note } }).out;
    const same = p.add(copy, { ...at, inputs: { n } }).out.n;
    const parts = [0, 1].map((k) => p.add(part, { ...at, key: { k }, params: { k, bad }, inputs: { n: same } }).out.m);
    return { s: p.add(sum, { ...at, inputs: { parts } }).out.s };
  } });
`;

interface Drawn {
  readonly title: string;
  readonly boxes: readonly {
    readonly id: string;
    readonly label: string;
    readonly detail: string;
    status: string | null;
  }[];
  readonly arrows: readonly { readonly from: string; readonly to: string; readonly labels: readonly string[] }[];
}

function told({ boxes, arrows }: Drawn): { readonly boxes: readonly string[]; readonly arrows: readonly string[] } {
  const label = new Map(boxes.map(({ id, label }) => [id, label]));
  return {
    boxes: boxes.map(({ label, detail, status }) => [label, detail, status].filter((word) => word).join(' | ')).sort(),
    arrows: arrows.map(({ from, to, labels }) => `${label.get(from)} -${labels.join()}-> ${label.get(to)}`).sort(),
  };
}

test('a run is drawn as it was, with what became of its nodes', async () => {
  const project = makeInProcessProject();
  project.write('index.ts', PIPELINE);
  const restage = (...args: string[]): ReturnType<typeof project.restage> =>
    project.restage([...args, '--cache', project.cache]);
  const draw = async (...args: string[]): Promise<Drawn> => {
    const { code, stdout, stderr } = await restage('graph', ...args, '--json');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    return JSON.parse(stdout) as Drawn;
  };
  expect(await restage('run', '.')).toMatchObject({ code: 0 });
  await restage('run', '.', '-S', 'note=other', '-S', 'bad=1');
  await restage('tag', 'run:1', 'first');
  // The two producers of the same bytes change their names, and the one that is wired runs again.
  project.edit('index.ts', 'p.add(one, { ...at,', "p.add(one, { ...at, as: 'uno',");
  project.edit('index.ts', 'p.add(copy, { ...at,', "p.add(copy, { ...at, as: 'again',");
  project.edit(
    'index.ts',
    'run: async ({ inputs }) => ({ n: await inputs.n.read() })',
    'run: async ({ inputs }) => ({ n: (await inputs.n.read()) + 0 })',
  );
  await restage('run', '.');
  // What the pipeline is now has no say in it.
  project.write('index.ts', 'broken');

  expect(await draw('run:1')).toMatchObject({ title: 'g, run 1' });
  expect(told(await draw('first'))).toEqual({
    boxes: ['copy | ran', 'one | ran', 'part ×2 | ran', 's', 'sum | ran'],
    arrows: ['copy -n-> part ×2', 'one -n-> copy', 'part ×2 -m-> sum', 'sum -s-> s'],
  });
  expect(told(await draw('2', '--full'))).toEqual({
    boxes: ['copy | cut-off', 'one | ran', 'part@k=0 | ran', 'part@k=1 | failed', 's', 'sum | skipped'],
    arrows: ['copy -n-> part@k=0', 'one -n-> copy', 'sum -s-> s'],
  });
  expect(told(await draw('latest')).arrows).toEqual([
    'again -n-> part ×2',
    'part ×2 -m-> sum',
    'sum -s-> s',
    'uno -n-> again',
  ]);
  expect((await restage('graph', 'run:2', '--full', '--format', 'mermaid')).stdout).toContain(
    'classDef failed fill:#f7b5ad',
  );
  expect((await restage('graph', 'run:2', '--full')).stdout).toContain('red: failed');
  expect(await restage('graph', 'run:1/sum')).toMatchObject({
    code: 2,
    stderr:
      'restage: graph draws a pipeline as it is now, or a run, and run:1/sum is neither; name a run as run:N or by its tag, or ask how run:1/sum was made with: restage how run:1/sum --svg\n',
  });
  expect((await restage('graph', 'run:9')).stderr).toContain('There is no run 9');
  expect((await restage('graph', 'run:1', '-S', 'bad=1')).stderr).toContain('--set needs a pipeline');
});
