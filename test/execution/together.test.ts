/**
 * Nodes that go together on one device: what is submitted with what, and what a failure of all of them means for each.
 */
import { rmSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { objectPath } from './chain.ts';
import { Lab, type LabRun } from './lab.ts';
import type { Wirings } from './lab-graph.ts';

const DEVICES = ['gpu:0'];
const train = { stage: 'lab/train', together: true } as const;
/** Nodes of one stage, each with a parameter of its own. */
const SEEDS: Wirings = { a: { ...train, param: 1 }, b: { ...train, param: 2 }, c: { ...train, param: 3 } };

const attempts = (run: LabRun, node: string): readonly (number | string)[] =>
  run.told('node-started').flatMap((event) => (event.node === node ? [event.attempt] : []));

describe('nodes of a stage that can go together', () => {
  test('are submitted together where they share a device, and each has a state of its own', async () => {
    const lab = new Lab();
    const run = await lab.begin(SEEDS, { devices: DEVICES });
    expect(run.executor.parties).toEqual([['a', 'b', 'c']]);
    for (const node of ['b', 'a', 'c']) run.succeed(node);
    expect((await run.finished).counts).toMatchObject({ ran: 3 });
    const again = await lab.runAll(SEEDS, { devices: DEVICES });
    expect(again.counts).toMatchObject({ hit: 3 });
  });

  test('are submitted one by one on the CPU, and by an executor that can do no more', async () => {
    const onCpu = await new Lab().begin(SEEDS);
    expect([onCpu.running, onCpu.executor.parties]).toEqual([['a', 'b', 'c'], []]);
    const elsewhere = await new Lab().begin(SEEDS, { devices: DEVICES, lifetime: 'detached' });
    expect([elsewhere.running, elsewhere.executor.parties]).toEqual([['a', 'b', 'c'], []]);
  });

  test('leave alone a node that must have a process of its own, and one that is a hit', async () => {
    const lab = new Lab();
    await lab.runAll({ b: SEEDS['b']! });
    const isolated = { d: { ...train, param: 4, policy: { isolate: true } } };
    const run = await lab.begin({ ...SEEDS, ...isolated }, { devices: DEVICES });
    expect(run.executor.parties).toEqual([['a', 'c']]);
    expect(run.running).toEqual(['a', 'c']);
    for (const node of ['a', 'c']) run.succeed(node);
    expect(run.running).toEqual(['d']);
  });

  test('count the share of the time as what each took', async () => {
    const lab = new Lab();
    const run = await lab.begin(SEEDS, { devices: DEVICES });
    for (const [n, node] of ['a', 'b', 'c'].entries()) {
      run.executor.start(node);
      run.executor.succeed(node, [lab.output(node)], n + 0.5);
    }
    await run.finished;
    expect(run.told('node-ran').map(({ seconds }) => seconds)).toEqual([0.5, 1.5, 2.5]);
  });
});

describe('a failure of one of several that went together', () => {
  test('ends its own node alone where it is its own', async () => {
    const run = await new Lab().begin(SEEDS, { devices: DEVICES });
    run.fail('b', { message: 'B is bad.' }, { ofParty: false });
    for (const node of ['a', 'c']) run.succeed(node);
    await run.finished;
    expect(run.outcomes).toEqual(['b failed', 'a ran', 'c ran']);
  });

  test("has each tried alone, and not counted, where it may be another node's", async () => {
    const run = await new Lab().begin(SEEDS, { devices: DEVICES });
    for (const node of ['a', 'b', 'c']) run.fail(node, { class: 'oom' }, { ofParty: true });
    expect(run.running).toEqual(['a']);
    run.succeed('a');
    expect(run.running).toEqual(['b']);
    run.fail('b', { class: 'oom' });
    expect(run.running).toEqual(['c']);
    run.succeed('c');
    await run.finished;
    expect(run.executor.parties).toEqual([['a', 'b', 'c']]);
    expect(run.outcomes).toEqual(['a ran', 'b failed', 'c ran']);
    expect([attempts(run, 'b'), attempts(run, 'c')]).toEqual([
      [1, 2],
      [1, 2],
    ]);
    expect(run.told('node-attempt-failed').map(({ node }) => node)).toEqual(['a', 'b', 'c']);
  });

  test('leaves a node the retries that its policy gives it', async () => {
    const policy = { retries: { oom: 1 } };
    const run = await new Lab().begin(
      { ...SEEDS, a: { ...SEEDS['a']!, policy }, b: { ...SEEDS['b']!, policy } },
      { devices: DEVICES },
    );
    expect(run.executor.parties[0]).toEqual(['a', 'b', 'c']);
    for (const node of ['a', 'b', 'c']) run.fail(node, { class: 'oom' }, { ofParty: true });
    run.fail('a', { class: 'oom' });
    for (const node of ['a', 'b', 'c']) run.succeed(node);
    expect((await run.finished).counts).toMatchObject({ ran: 3, failed: 0 });
  });

  test('is final once the run was interrupted', async () => {
    const run = await new Lab().begin(SEEDS, { devices: DEVICES });
    await run.interrupt();
    expect(run.executor.cancelled).toEqual(['a', 'b', 'c']);
    for (const node of ['a', 'b', 'c']) run.fail(node, { class: 'crash' }, { ofParty: true });
    expect((await run.finished).interrupted).toBe(true);
    expect(run.running).toEqual([]);
  });
});

test('a node whose input is lost is not submitted with the others, which do not wait for it', async () => {
  const lab = new Lab();
  const wirings: Wirings = { data: {}, more: {}, a: { ...train, takes: ['data'] }, b: { ...train, takes: ['more'] } };
  const first = await lab.begin({ data: {}, more: {} });
  for (const node of ['data', 'more']) first.succeed(node, node, 'large');
  await first.finished;
  rmSync(objectPath(lab, lab.output('data', 'large').digest));
  const run = await lab.begin(wirings, { devices: DEVICES });
  expect(run.executor.parties).toEqual([]);
  expect(run.running.toSorted()).toEqual(['b', 'data']);
});

test('a limit of the run counts those that are about to start with it', async () => {
  const lab = new Lab();
  const before = await lab.begin({ z: { ...train, param: 9 } });
  before.succeed('z');
  await before.finished;
  // Each is expected to take two seconds.
  const run = await lab.begin(SEEDS, { devices: DEVICES, limits: { cost: 5 } });
  expect(run.executor.parties).toEqual([['a', 'b']]);
  for (const node of ['a', 'b']) run.succeed(node);
  expect((await run.finished).counts).toMatchObject({ ran: 2, skipped: 1 });
});
