/** Several processes on one cache: they share the work and the results, and none of them waits for a dead one. */
import { describe, expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.ts';
import { inThisProcess } from '../helpers/in-process-project.ts';
import { isGroupAlive, makeProject, type Project } from '../helpers/project.ts';

/** Twelve stages in rows of fours, or as told; each tallies its execution and waits until its gate is open. */
const PIPELINE = `import { many, pipeline, stage, table, tableOf } from 'restage';
import { z } from 'zod';
import { pass, tally } from './lab.ts';

export const work = stage({
  name: 'lab/work',
  params: z.strictObject({ id: z.string(), gate: z.string() }),
  inputs: { above: many(table<'x'>()) },
  outputs: { data: table<'x'>() },
  async run({ params: { id, gate }, inputs, signal }) {
    tally(id);
    await pass(gate, signal);
    const above = await Promise.all(inputs.above.map((each) => each.read()));
    const x = Float64Array.from({ length: 1000 }, (_, i) => above.reduce((sum, { columns }) => sum + columns.x[i]!, i + id.length));
    return { data: tableOf({ x }) };
  },
});

export default pipeline({
  name: 'shared',
  params: z.strictObject({ layers: z.int().default(3), width: z.int().default(4), gate: z.string().default('open'), worker: z.boolean().default(false) }),
  build(p, { layers, width, gate, worker }) {
    const executor = worker ? 'worker' : 'in-process';
    let above: ReturnType<typeof add>[] = [];
    const add = (layer: number, k: number) =>
      p.add(work, { key: { layer, k }, params: { id: \`\${layer}.\${k}\`, gate }, inputs: { above: above.map(({ out }) => out.data) }, executor });
    for (let layer = 0; layer < layers; layer++) above = Array.from({ length: width }, (_, k) => add(layer, k));
    return { last: above[0]!.out.data };
  },
});
`;

function sharedProject(): Project {
  const project = makeProject('lab').write('index.ts', PIPELINE);
  project.open('open');
  return project;
}

/** Two stages at once, which needs workers: in restage's own process one stage executes after the other. */
const HELD = ['-S', 'layers=1', '-S', 'width=2', '-S', 'gate=held', '-S', 'worker=true', '-j', '2'];

const ALL = [0, 1, 2].flatMap((layer) => [0, 1, 2, 3].map((k) => `${layer}.${k}`));

describe('processes that run the same pipeline in one cache', () => {
  test('three at once, from nothing: every stage is executed once in all', async () => {
    const project = sharedProject();
    const results = await Promise.all(Array.from({ length: 3 }, () => project.run()));
    for (const result of results) expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(project.executed()).toEqual(ALL);
    const ran = results.map(({ report }) => report!.counts.ran);
    expect(ran.reduce((sum, n) => sum + n, 0)).toBe(ALL.length);
    for (const { report } of results)
      expect(report!.counts.ran + report!.counts['cut-off'] + report!.counts.hit).toBe(12);
    expect(new Set(results.map(({ report }) => report!.results[0]!.digest)).size).toBe(1);
    expect(project.count('state')).toBe(12);
    expect(project.count('lease')).toBe(0);
    expect(project.complaints()).toEqual([]);
  });

  test('the second waits for what the first one is making, shares it, and says of both who it was; readers disturb neither', async () => {
    const project = sharedProject();
    const here = inThisProcess(project);
    const first = await project.startRun(HELD);
    await first.until(() => project.tally().length === 2);
    const second = await project.startRun(HELD);
    const waiting = new Set<string>();
    await second.event((event) => event.type === 'node-waiting' && waiting.add(event.node).size === 2);
    for (const args of [['log'], ['status', project.root, ...HELD.slice(0, -2)], ['fsck']])
      expect(await here.restage([...args, '--cache', project.cache])).toMatchObject({ code: 0, stderr: '' });
    project.open('held');
    const [one, two] = await Promise.all([first.result, second.result]);
    expect(one.report!.counts).toMatchObject({ ran: 2 });
    expect(two.report!.counts).toMatchObject({ ran: 0, 'cut-off': 0, hit: 2 });
    expect(project.executed()).toHaveLength(2);
    // It says for whom it waits and, in the record too, who made the states: none of these nodes has an input.
    const told = two.events.filter(({ type }) => type === 'node-waiting' || type === 'node-hit');
    expect(told).toHaveLength(4);
    for (const event of told)
      if (event.type === 'node-hit') expect(event.madeBy).toEqual({ run: 1, node: event.node });
      else expect(event).toMatchObject({ type: 'node-waiting', run: 1 });
    const shown = await here.restage(['show', 'work@layer=0,k=1', '--cache', project.cache]);
    expect(shown.stdout).toMatch(/^work@layer=0,k=1: up to date in run 2, made by run 1\n/);
  });

  test('the second makes what the first one failed to make, interrupted as it was', async () => {
    const project = sharedProject();
    const first = await project.startRun(HELD);
    await first.until(() => project.tally().length === 2);
    const second = await project.startRun(HELD);
    await second.event(({ type }) => type === 'run-started');
    first.kill('SIGINT');
    expect((await first.result).code).toBe(130);
    project.open('held');
    const { code, report } = await second.result;
    expect(code).toBe(0);
    expect(report!.counts).toMatchObject({ ran: 2 });
    expect(project.complaints()).toEqual([]);
  });

  for (const worker of [false, true])
    test(`what a process was making that was killed is taken over, ${worker ? 'workers' : 'nothing'} left behind`, async () => {
      const project = sharedProject();
      const params = ['-S', 'layers=1', '-S', 'width=2', '-S', 'gate=held', '-S', `worker=${worker}`, '-j', '2'];
      const first = await project.startRun(params);
      await first.until(() => project.tally().length >= (worker ? 2 : 1));
      const second = await project.startRun(params);
      await second.event(({ type }) => type === 'run-started');
      // Its leases are on record, and nobody gives them back: on two states, and each run's on the use of bytes.
      await eventually(() => project.count('lease') === 4);
      first.kill('SIGKILL');
      await first.ended;
      project.open('held');
      const { code, report } = await second.result;
      expect(code).toBe(0);
      expect(report!.counts).toMatchObject({ ran: 2 });
      // The dead one's on the use of bytes is in nobody's way: whoever uses or evicts bytes next gives it back.
      expect(project.count('lease')).toBe(1);
      expect(project.complaints()).toEqual([]);
      expect(project.query('SELECT run FROM run_end')).toEqual([{ run: 2 }]);
      // No worker outlives its parent.
      if (worker) await eventually(() => !isGroupAlive(first.pid));
    });
});
