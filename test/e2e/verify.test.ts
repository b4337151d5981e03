/**
 * Recorded states are executed again in processes of their own: what comes out again, and which planted faults are
 * named.
 */
import { rmSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { StateVerdict } from '../../src/audit/verify/verdict.ts';
import type * as Built from '../../src/index.ts';
import type { Digest } from '../../src/core/identity/digest.ts';
import { ObjectStore } from '../../src/store/objects/object-store.ts';
import { builtModule } from '../helpers/built.ts';
import { type InProcessProject, makeInProcessProject } from '../helpers/in-process-project.ts';
import { makeProject } from '../helpers/project.ts';

/** Each but the first has a fault that its key does not show. */
const PIPELINE = `import { json, pipeline, stage, table, tableOf } from 'restage';
import { z } from 'zod';
import { next, scale, shift } from 'tiny';

const params = z.strictObject({});
const inputs = {};
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

export const honest = stage({ name: 'lab/honest', params, inputs, random: true,
  outputs: { values: table<'x'>() },
  run({ rng }) {
    const draw = rng('values');
    return { values: tableOf({ x: Float64Array.from({ length: 9 }, () => draw.uniform()) }) };
  } });
export const unseeded = stage({ name: 'lab/unseeded', params, inputs, outputs: { values: table<'x'>() },
  run({ trace }) {
    const x = new Float64Array(9);
    for (let k = 0; k < 9; k++) {
      x[k] = k < 4 ? k : Math.random();
      trace('values', { x: { shape: [3, 3], data: x } }, k);
    }
    return { values: tableOf({ x }) };
  } });
export const large = stage({ name: 'lab/large', params, inputs, outputs: { values: table<'x'>() },
  run: () => ({ values: tableOf({ x: new Float64Array(20_000) }) }) });
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
export const hidden = stage({ name: 'lab/hidden', params: z.strictObject({ place: z.int() }), inputs,
  outputs: { count: json<number>() },
  run: () => ({ count: next() }) });
export const packaged = stage({ name: 'lab/packaged', params, inputs, outputs: { value: json<number>() },
  run({ trace }) {
    trace('unscaled', Float64Array.of(3));
    for (const step of [1, 2]) trace('scaled', { w: { shape: [2], data: Float64Array.of(step, step === 2 ? scale(3) : 0) } }, step);
    return { value: scale(3) };
  } });
export const noisy = stage({ name: 'lab/noisy', params, inputs, random: true, outputs: { score: json<{ value: number }>() },
  run({ rng, metric }) {
    const value = shift(rng('score').normal()) + 1e-9 * Math.random();
    metric('score', value);
    return { score: { value } };
  } });
export const timed = stage({ name: 'lab/timed', params, inputs, clock: true, outputs: { at: json<number>() },
  run: () => ({ at: Date.now() }) });

export default pipeline({
  name: 'faults',
  params: z.strictObject({}),
  build(p) {
    for (const each of [honest, unseeded, large, completion, racing, packaged, noisy, timed]) p.add(each, { params: {} });
    p.add(hidden, { params: { place: 1 }, key: { place: 1 } });
    p.add(hidden, { params: { place: 2 }, key: { place: 2 } });
    return {};
  },
});
`;

const TINY = `let count = 0;
exports.next = () => ++count;
exports.shift = (x) => x;
exports.scale = (x) => x * 1.5;
`;

let project: InProcessProject;

beforeAll(async () => {
  project = makeInProcessProject()
    .write('index.ts', PIPELINE)
    .write('node_modules/tiny/package.json', '{ "name": "tiny", "version": "1.0.0", "main": "index.cjs" }')
    .write('node_modules/tiny/index.cjs', TINY);
  // One worker for all: its package's variable goes from one node to the next.
  const { code, stderr } = await project.run(['-j', '1', '--trace']);
  expect([code, stderr]).toEqual([0, '']);
});

interface Report {
  readonly verdicts: readonly StateVerdict[];
}

async function verify(...words: readonly string[]) {
  const ended = await project.restage(['verify', ...words, '--cache', project.cache, '--json']);
  const { verdicts } = JSON.parse(ended.stdout) as Report;
  return { code: ended.code, of: new Map(verdicts.map((verdict) => [verdict.node, verdict])) };
}

describe('verify', () => {
  test('finds each planted fault, and nothing wrong with an honest stage', async () => {
    const { code, of } = await verify('run:1');
    expect(code).toBe(4);
    expect(of.get('honest')).toMatchObject({ verdict: 'same', outputs: [], since: [] });
    expect(of.get('packaged')).toMatchObject({ verdict: 'same' });
    expect(of.get('unseeded')).toMatchObject({ verdict: 'diverged', repeatable: false });
    expect(of.get('unseeded')!.outputs[0]!.differences).toMatchObject([
      { where: 'column x', numbers: { count: 5, first: 4 } },
    ]);
    expect(of.get('unseeded')!.trace).toMatchObject({
      agree: 4,
      first: {
        name: 'values',
        step: 4,
        call: 4,
        what: { type: 'element', tensor: 'x', index: 4, shape: [3, 3], count: 1 },
      },
    });
    for (const node of ['completion', 'racing'])
      expect(of.get(node)).toMatchObject({ verdict: 'diverged', repeatable: false, place: [] });
    expect(of.get('completion')!.trace!.first).toMatchObject({ name: 'settled', what: { type: 'element', shape: [] } });
    expect(of.get('completion')!.trace!.reordered).toBe(true);
    expect(of.get('racing')!.trace).toEqual({ calls: [0, 0], agree: 0, first: null, reordered: false });
    // The draw is named where the record has seen it.
    expect(of.get('unseeded')!.undeclared[0]!.place).toMatch(/^index\.ts:\d+:\d+$/);
    expect(of.get('unseeded')!.undeclared).toMatchObject([{ kind: 'entropy', call: 'Math.random' }]);
    expect(of.get('hidden@place=1')!.undeclared.length + of.get('hidden@place=2')!.undeclared.length).toBe(0);
    // What a warm worker hid: in a process of its own, the count begins at one.
    const [first, second] = [1, 2].map((place) => of.get(`hidden@place=${place}`)!);
    expect([first!.verdict, second!.verdict].sort()).toEqual(['diverged', 'same']);
    expect([first, second].find(({ verdict } = first!) => verdict === 'diverged')).toMatchObject({
      repeatable: true,
      outputs: [{ name: 'count', differences: [{ what: '2 -> 1' }] }],
    });
  });

  test('tells where two executions part, in words', async () => {
    const { stdout } = await project.restage(['verify', 'unseeded', '--cache', project.cache]);
    expect(stdout).toMatch(
      /two executions of today differ from each other: at step 4 of values, call 5 of trace, tensor x, element \[1, 1\]: \S+ -> \S+(, \d+ ULP apart)?\n {2}4 calls of trace before it agree/,
    );
  });

  test('makes bytes again that are missing, as the sentence about them says', async () => {
    const { digest } = project.query<{ digest: string }>(
      `SELECT lower(hex(a.digest)) AS digest FROM state_output o JOIN artifact a ON a.id = o.artifact
       JOIN state s ON s.id = o.state JOIN name n ON n.id = s.stage WHERE n.text = 'lab/large'`,
    )[0]!;
    const object = new ObjectStore(project.cache).path(digest as Digest);
    rmSync(object);
    const get = () => project.restage(['get', 'large.values', '-o', project.beside('large'), '--cache', project.cache]);
    const { code, stderr } = await get();
    expect(code).toBe(5);
    const offer =
      /^restage: The artifact \w{8} at \S+ is missing; "restage verify (\w{8})" makes it again from the record, and so does a run that needs it\.\n$/;
    const state = offer.exec(stderr)![1]!;
    expect(await verify(state)).toMatchObject({ code: 0 });
    expect(await get()).toMatchObject({ code: 0 });
  });

  test('does not execute what says itself that it is not reproducible', async () => {
    expect(await verify('timed')).toMatchObject({ code: 0 });
    const { of } = await verify('timed');
    expect(of.get('timed')).toMatchObject({
      verdict: 'unverifiable',
      reason: 'it depends on clock, as its stage declares',
      seconds: null,
    });
  });

  test('takes differences within a tolerance for no divergence, and says how large they are', async () => {
    const { code, of } = await verify('unseeded', '--rtol', '1');
    expect(code).toBe(0);
    expect(of.get('unseeded')).toMatchObject({ verdict: 'tolerance' });
  });

  test('executes what diverged with other seeds, and says whether its numbers are within their range', async () => {
    const { code, of } = await verify('noisy', '--seeds', '6');
    expect(code).toBe(0);
    expect(of.get('noisy')).toMatchObject({
      verdict: 'statistical',
      seeds: { seeds: 6, failed: 0, left: [], holds: true },
    });
    expect(of.get('noisy')!.seeds!.numbers.map(({ name }) => name)).toEqual(['metric score', 'score.value']);
    project.edit('node_modules/tiny/index.cjs', 'shift = (x) => x', 'shift = (x) => x + 1000');
    const { stdout } = await project.restage(['verify', 'noisy', '--seeds', '6', '--cache', project.cache]);
    project.edit('node_modules/tiny/index.cjs', 'shift = (x) => x + 1000', 'shift = (x) => x');
    expect(stdout).toMatch(/noisy: diverged.*\n/);
    expect(stdout).toMatch(
      /6 other seeds: not every number is within their range \(95 %, 2 numbers\)\n {4}metric score: \S+ on record; \S+ to \S+ around \S+, 0 of 6 below it, p \S+\n/,
    );
  });

  test('names a package that has changed since', async () => {
    project.edit('node_modules/tiny/index.cjs', '1.5', '1.25').edit('node_modules/tiny/package.json', '1.0.0', '1.0.1');
    const { code, of } = await verify('packaged');
    expect(code).toBe(4);
    expect(of.get('packaged')).toMatchObject({
      verdict: 'diverged',
      repeatable: true,
      since: [{ name: 'dep.tiny', before: { preview: '1.0.0' }, after: { preview: '1.0.1' } }],
      outputs: [{ name: 'value', differences: [{ what: '4.5 -> 3.75' }] }],
      trace: { calls: [3, 3], agree: 3, first: null },
      recordedTrace: {
        agree: 2,
        first: { name: 'scaled', step: 2, what: { tensor: 'w', index: 1, before: 4.5, after: 3.75 } },
      },
    });
  });

  test('compares with the traces that a run has put on record', () => {
    const traced = project.query<{ node: string }>(
      `SELECT n.text AS node FROM state_trace t JOIN state s ON s.id = t.state JOIN attempt a ON a.id = s.attempt
       JOIN name n ON n.id = a.node ORDER BY n.text`,
    );
    expect(traced.map(({ node }) => node)).toEqual(['completion', 'packaged', 'unseeded']);
    expect(project.complaints()).toEqual([]);
  });

  test('has its verdicts on record, which show tells', async () => {
    const { stdout } = await project.restage(['show', 'packaged', '--cache', project.cache]);
    expect(stdout).toMatch(/verified \d{4}-.*: diverged/);
    expect(stdout).toMatch(/verified \d{4}-.*: same bytes/);
  });

  test('refuses what is not a share, and what is not a state', async () => {
    const asked = (...words: readonly string[]) => project.restage(['verify', ...words, '--cache', project.cache]);
    expect(await asked('--sample', 'some')).toMatchObject({
      code: 2,
      stderr: 'restage: --sample some is not a share; give a percentage above 0 and up to 100, such as 10%.\n',
    });
    expect(await asked('run:7')).toMatchObject({ code: 2 });
  });
});

const WAITING = `import { json, pipeline, stage } from 'restage';
import { z } from 'zod';
import { pass, tally } from './lab.ts';

const params = z.strictObject({});
export const quick = stage({ name: 'lab/quick', params, inputs: {}, outputs: { out: json<number>() }, run: () => ({ out: 1 }) });
export const slow = stage({ name: 'lab/slow', params, inputs: { in: json<number>() }, outputs: { out: json<number>() },
  async run({ signal }) { tally('slow'); await pass('open', signal); return { out: 2 }; } });
export default pipeline({ name: 'waiting', params,
  build(p) { return { out: p.add(slow, { params: {}, inputs: { in: p.add(quick, { params: {} }).out.out } }).out.out }; } });
`;

describe('a cache that a run is writing', () => {
  test('is looked at in every way while the run goes on', async () => {
    const waiting = makeProject('lab').write('index.ts', WAITING);
    waiting.open('open');
    await waiting.run();
    waiting.close('open');
    const run = await waiting.start(['run', waiting.root, '-f', '--cache', waiting.cache]);
    await run.until(() => waiting.tally().length === 2);
    for (const words of [
      ['log'],
      ['compare', '1', '2'],
      ['show', 'run:2', '--nodes'],
      ['how', 'slow'],
      ['why', '1', '2'],
      ['diff', '1', '2'],
      ['uses', 'quick'],
      ['cost'],
      ['verify', 'quick'],
    ]) {
      const { code, stderr } = await waiting.restage([...words, '--cache', waiting.cache]);
      expect({ words, code, stderr }).toEqual({ words, code: 0, stderr: '' });
    }
    waiting.open('open');
    expect(await run.ended).toMatchObject({ code: 0 });
  });
});

describe('verify that is interrupted', () => {
  test('tells what was judged so far, and keeps those verdicts', async () => {
    const waiting = makeProject('lab').write('index.ts', WAITING);
    waiting.open('open');
    expect((await waiting.run()).code).toBe(0);
    waiting.close('open');
    const live = await waiting.start(['verify', '-j', '1', '--cache', waiting.cache]);
    await live.until(() => waiting.tally().length === 2);
    live.killGroup('SIGINT');
    const { code, stdout, stderr } = await live.ended;
    expect(code).toBe(130);
    expect(stderr).toBe(
      'restage: interrupting: the verdicts so far are on record; press Ctrl-C again to leave at once.\n',
    );
    expect(stdout).toMatch(/^quick: same bytes.*\n\nverified 1 state: 1 same bytes, then interrupted\n$/);
    expect(waiting.query('SELECT verdict FROM verification')).toEqual([{ verdict: 'same' }]);
    expect(waiting.complaints()).toEqual([]);
  });

  test('from code gives the report of what was judged so far', async () => {
    const { verify: verifyFromCode } = (await import(builtModule('index.ts'))) as typeof Built;
    const place = { workingDirectory: project.root, cacheDirectory: project.cache };
    const controller = new AbortController();
    const seen: string[] = [];
    const report = await verifyFromCode({
      ...{ ...place, what: 'run:1', jobs: 1, signal: controller.signal },
      onVerdict({ node }) {
        seen.push(node);
        controller.abort();
      },
    });
    expect(report.interrupted).toBe(true);
    expect(report.verdicts.map(({ node }) => node)).toEqual(seen);
    await expect(verifyFromCode({ ...place, sample: 2 })).rejects.toThrow(
      "The request's sample is 2; give a share above 0 and up to 1.",
    );
  });
});
