/** The record grows with the number of facts, not with the number of paths through a graph. */
import { describe, expect, test } from 'vitest';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';

/** Two nodes in each layer, both with the two nodes of the layer above as parents: 2^depth paths from top to bottom. */
const LADDER = `import { json, many, pipeline, stage } from 'restage';
import { z } from 'zod';

export const rung = stage({
  name: 'lab/rung',
  params: z.strictObject({ layer: z.int(), side: z.int() }),
  inputs: { above: many(json<number>()) },
  outputs: { value: json<number>() },
  async run({ params: { layer, side }, inputs }) {
    const values = await Promise.all(inputs.above.map((each) => each.read()));
    return { value: (values.reduce((sum, value) => sum + value, layer * 2 + side)) % 1_000_003 };
  },
});

export default pipeline({
  name: 'ladder',
  params: z.strictObject({ depth: z.int() }),
  build(p, { depth }) {
    let above: ReturnType<typeof add>[] = [];
    const add = (layer: number, side: number) =>
      p.add(rung, { key: { layer, side }, params: { layer, side }, inputs: { above }, executor: 'in-process' }).out.value;
    for (let layer = 0; layer < depth; layer++) above = [add(layer, 0), add(layer, 1)];
    return { left: above[0]!, right: above[1]! };
  },
});
`;

/** How many rows they have depends on how old the project's files are: those of a few moments ago have no memos yet. */
const OF_FILES = ['file_memo', 'memo', 'run_phase'];

function rows(project: InProcessProject): number {
  const tables = project.query<{ name: string }>("SELECT name FROM sqlite_schema WHERE type = 'table'");
  return tables.filter(({ name }) => !OF_FILES.includes(name)).reduce((sum, { name }) => sum + project.count(name), 0);
}

describe('a ladder of diamonds', () => {
  test('takes twice the rows and bytes at twice the depth, and few for a second run', async () => {
    const project = makeInProcessProject('lab').write('index.ts', LADDER);
    const measured: { rows: number; bytes: number }[] = [];
    for (const depth of [25, 50, 100]) {
      project.cache = project.beside(`depth-${depth}`);
      const { code, report } = await project.run(['-S', `depth=${depth}`]);
      expect(code).toBe(0);
      expect(report!.counts.ran).toBe(2 * depth);
      measured.push({ rows: rows(project), bytes: project.size() });
    }
    const [shallow, middle, deep] = measured as [(typeof measured)[0], (typeof measured)[0], (typeof measured)[0]];
    // By differences, so that the rows that every cache has do not count.
    const ratio = (deep.rows - middle.rows) / (middle.rows - shallow.rows);
    expect(ratio).toBeGreaterThan(1.8);
    expect(ratio).toBeLessThan(2.2);
    expect(deep.bytes).toBeLessThan(2.2 * middle.bytes);

    const before = rows(project);
    await project.run(['-S', 'depth=100']);
    // A visit of each node, the run and its end, and what its results are.
    const results = 2;
    expect(rows(project) - before).toBe(200 + 2 + results);
  });
});
