/** Planted faults that a key does not show, and what a verdict says of each. */
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { isRefuted, type StateVerdict } from '../../../src/audit/verify/verdict.ts';
import { verifyLines } from '../../../src/cli/show/verify/verify.ts';
import { styleFor } from '../../../src/ui/text/style.ts';
import { type InProcessProject, makeInProcessProject } from '../../helpers/in-process-project.ts';
import { verifyHere } from './verify-here.ts';

const PIPELINE = `import { json, type NodePolicy, pipeline, stage, table, tableOf } from 'restage';
import { z } from 'zod';

const params = z.strictObject({});
const inputs = {};
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const unseeded = stage({ name: 'lab/unseeded', params, inputs, outputs: { values: table<'x'>() },
  run({ trace }) {
    const x = new Float64Array(9);
    for (let k = 0; k < 9; k++) {
      x[k] = k < 4 ? k : Math.random();
      trace('values', { x: { shape: [3, 3], data: x } }, k);
    }
    return { values: tableOf({ x }) };
  } });
export const completion = stage({ name: 'lab/completion', params, inputs, outputs: { order: json<number[]>() },
  async run({ trace }) {
    const order: number[] = [];
    const delays = Array.from({ length: 12 }, () => 60 * Math.random());
    await Promise.all(delays.map(async (delay, k) => { await sleep(delay); trace('settled', k, order.push(k)); }));
    return { order };
  } });
export const racing = stage({ name: 'lab/racing', params, inputs, outputs: { sums: json<number[]>() },
  async run() {
    let sum = 0;
    const sums: number[] = [];
    const add = async (amount: number) => { const seen = sum; await sleep(60 * Math.random()); sums.push((sum = seen + amount)); };
    await Promise.all(Array.from({ length: 12 }, (_, k) => add(k)));
    return { sums };
  } });
export const noisy = stage({ name: 'lab/noisy', params, inputs, random: true, outputs: { score: json<{ value: number }>() },
  run({ rng, metric }) {
    const value = rng('score').normal() + 1e-9 * Math.random() + Number(process.env['LAB_SHIFT'] ?? 0);
    metric('score', value);
    return { score: { value } };
  } });
export const timed = stage({ name: 'lab/timed', params, inputs, clock: true, outputs: { at: json<number>() },
  run: () => ({ at: Date.now() }) });

const policy: NodePolicy = { executor: 'in-process' };
export default pipeline({
  name: 'faults',
  params: z.strictObject({}),
  build(p) {
    for (const each of [unseeded, completion, racing, noisy, timed]) p.add(each, { params: {}, ...policy });
    return {};
  },
});
`;

let project: InProcessProject;

beforeAll(async () => {
  project = makeInProcessProject().write('index.ts', PIPELINE);
  const { code, stderr } = await project.run();
  expect([code, stderr]).toEqual([0, '']);
});

afterEach(() => {
  delete process.env['LAB_SHIFT'];
});

const words = (verdict: StateVerdict): string =>
  verifyLines(
    { verdicts: [verdict], equivalences: [], interrupted: false },
    { style: styleFor(false, {}), width: Number.POSITIVE_INFINITY },
  ).join('\n');

describe('the verdict on a state', () => {
  test('that draws what no seed decides tells where two executions part, and names the draw', async () => {
    const verdict = await verifyHere(project, 'unseeded');
    expect(verdict).toMatchObject({ verdict: 'diverged', repeatable: false });
    expect(verdict.outputs[0]!.differences).toMatchObject([{ where: 'column x', numbers: { count: 5, first: 4 } }]);
    expect(verdict.trace).toMatchObject({
      agree: 4,
      first: {
        name: 'values',
        step: 4,
        call: 4,
        what: { type: 'element', tensor: 'x', index: 4, shape: [3, 3], count: 1 },
      },
    });
    // The draw is named where the record has seen it.
    expect(verdict.undeclared).toMatchObject([{ kind: 'entropy', call: 'Math.random' }]);
    expect(verdict.undeclared[0]!.place).toMatch(/^index\.ts:\d+:\d+$/);
    expect(words(verdict)).toMatch(
      /two executions of today differ from each other: at step 4 of values, call 5 of trace, tensor x, element \[1, 1\]: \S+ -> \S+(, \d+ ULP apart)?\n {2}4 calls of trace before it agree/,
    );
  });

  test('that depends on the order of completion has diverged; the trace shows the same values in another order', async () => {
    const completion = await verifyHere(project, 'completion');
    expect(completion).toMatchObject({ verdict: 'diverged', repeatable: false, place: [] });
    expect(completion.trace!.first).toMatchObject({ name: 'settled', what: { type: 'element', shape: [] } });
    expect(completion.trace!.reordered).toBe(true);
    const racing = await verifyHere(project, 'racing');
    expect(racing).toMatchObject({ verdict: 'diverged', repeatable: false, place: [] });
    expect(racing.trace).toEqual({ calls: [0, 0], agree: 0, first: null, reordered: false });
  });

  test('that its stage declares not to be reproducible takes no execution', async () => {
    expect(await verifyHere(project, 'timed')).toMatchObject({
      verdict: 'unverifiable',
      reason: 'it depends on clock, as its stage declares',
      seconds: null,
    });
  });

  test('is that of differences within a tolerance, and not that of a divergence', async () => {
    const verdict = await verifyHere(project, 'unseeded', { relative: 1 });
    expect([verdict.verdict, isRefuted(verdict)]).toEqual(['tolerance', false]);
  });

  test('that diverged is held against other seeds, which say whether its numbers are within their range', async () => {
    const within = await verifyHere(project, 'noisy', { seeds: 6 });
    expect(within).toMatchObject({
      verdict: 'statistical',
      seeds: { seeds: 6, failed: 0, left: [], holds: true },
    });
    expect(isRefuted(within)).toBe(false);
    expect(within.seeds!.numbers.map(({ name }) => name)).toEqual(['metric score', 'score.value']);
    process.env['LAB_SHIFT'] = '1000';
    const beyond = await verifyHere(project, 'noisy', { seeds: 6 });
    expect([beyond.verdict, isRefuted(beyond)]).toEqual(['diverged', true]);
    expect(words(beyond)).toMatch(
      /6 other seeds: not every number is within their range \(95 %, 2 numbers\)\n {4}metric score: \S+ on record; \S+ to \S+ around \S+, 0 of 6 below it, p \S+\n/,
    );
  });
});
