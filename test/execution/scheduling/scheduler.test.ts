import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Needs, Pools } from '../../../src/execution/scheduling/pools.ts';
import type { ScheduledNode } from '../../../src/execution/scheduling/scheduled-node.ts';
import { Scheduler } from '../../../src/execution/scheduling/scheduler.ts';

const MACHINE: Pools = { cpus: 2, memoryMiB: 1000, devices: ['gpu:0', 'gpu:1'], named: { licence: 1 } };
const node = (dependencies: readonly number[], more: Partial<ScheduledNode> = {}): ScheduledNode => ({
  dependencies,
  seconds: 1,
  priority: 0,
  initially: 'waiting',
  needs: () => ({ cpus: 1, memoryMiB: 0, gpus: 0, pools: {} }),
  ...more,
});
const needing = (needs: Partial<Needs>): Partial<ScheduledNode> => ({
  needs: () => ({ cpus: 1, memoryMiB: 0, gpus: 0, pools: {}, ...needs }),
});
const startAll = (scheduler: Scheduler): number[] => {
  for (const ready of scheduler.takeReady()) scheduler.queue(ready);
  const started: number[] = [];
  for (let next = scheduler.start(); next !== undefined; next = scheduler.start()) started.push(next.node);
  return started;
};

describe('the scheduler', () => {
  test('returns a node only when everything that it waits for is done, and only once', () => {
    const scheduler = new Scheduler([node([]), node([]), node([0, 1])], MACHINE);
    expect(scheduler.takeReady()).toEqual([0, 1]);
    expect(scheduler.takeReady()).toEqual([]);
    scheduler.done(0);
    expect(scheduler.takeReady()).toEqual([]);
    scheduler.done(1);
    expect(scheduler.takeReady()).toEqual([2]);
  });

  test('starts the others while a node is out of the queue, and that one when it is back', () => {
    const scheduler = new Scheduler([node([], { priority: 1 }), node([]), node([0])], { ...MACHINE, cpus: 1 });
    for (const ready of scheduler.takeReady()) scheduler.queue(ready);
    scheduler.unqueue(0);
    expect(scheduler.start()).toMatchObject({ node: 1 });
    scheduler.done(1);
    expect(scheduler.start()).toBeUndefined();
    scheduler.queue(0);
    expect(scheduler.start()).toMatchObject({ node: 0 });
  });

  test('starts what has a lower rank first, and lets a priority go before it', () => {
    const long = { seconds: 100 };
    const ranked = [node([], { ...long, rank: 2 }), node([], { rank: 1 }), node([], { rank: 3, priority: 1 })];
    const scheduler = new Scheduler(ranked, { ...MACHINE, cpus: 3 });
    expect(startAll(scheduler)).toEqual([2, 1, 0]);
  });

  test('skips what is below a failure, even hundreds of thousands of nodes', () => {
    const many = Array.from({ length: 200_000 }, () => node([1]));
    const scheduler = new Scheduler([node([]), node([0]), ...many], MACHINE);
    startAll(scheduler);
    expect(scheduler.fail(0)).toHaveLength(200_001);
  });

  test('starts the longest path first, by recorded seconds', () => {
    // 1 is short but leads to the long 3.
    const scheduler = new Scheduler(
      [node([], { seconds: 5 }), node([]), node([]), node([1], { seconds: 60 })],
      MACHINE,
    );
    expect(startAll(scheduler)).toEqual([1, 0]);
  });

  test("puts priority before length, and the graph's order last", () => {
    const scheduler = new Scheduler([node([]), node([]), node([], { priority: 1 })], { ...MACHINE, cpus: 3 });
    expect(startAll(scheduler)).toEqual([2, 0, 1]);
  });

  test('never assigns more slots than a pool has, and takes them back', () => {
    const scheduler = new Scheduler(
      [node([], needing({ pools: { licence: 1 } })), node([], needing({ pools: { licence: 1 } }))],
      MACHINE,
    );
    expect(startAll(scheduler)).toEqual([0]);
    scheduler.done(0);
    expect(startAll(scheduler)).toEqual([1]);
  });

  test('assigns GPU slots by name, each to one node at a time', () => {
    const scheduler = new Scheduler(
      [0, 1, 2].map(() => node([], needing({ gpus: 1 }))),
      { ...MACHINE, cpus: 3 },
    );
    for (const ready of scheduler.takeReady()) scheduler.queue(ready);
    expect(scheduler.start()).toMatchObject({ node: 0, devices: ['gpu:0'] });
    expect(scheduler.start()).toMatchObject({ node: 1, devices: ['gpu:1'] });
    expect(scheduler.start()).toBeUndefined();
    scheduler.done(0);
    expect(scheduler.start()).toMatchObject({ node: 2, devices: ['gpu:0'] });
  });

  test('lets a smaller node overtake one that does not fit now', () => {
    const scheduler = new Scheduler(
      [node([], needing({ memoryMiB: 800 })), node([], { ...needing({ memoryMiB: 800 }), seconds: 9 }), node([])],
      MACHINE,
    );
    expect(startAll(scheduler)).toEqual([1, 2]);
  });

  test('runs a node alone if it asks for more than the total', () => {
    const scheduler = new Scheduler([node([], needing({ cpus: 64, memoryMiB: 10 ** 9 })), node([])], MACHINE);
    expect(startAll(scheduler)).toEqual([0]);
    scheduler.done(0);
    expect(startAll(scheduler)).toEqual([1]);
  });

  test('skips everything that depends on a failed node, and continues with the rest', () => {
    const scheduler = new Scheduler([node([]), node([]), node([0]), node([2]), node([1])], MACHINE);
    startAll(scheduler);
    expect(scheduler.fail(0)).toEqual([2, 3]);
    scheduler.done(1);
    expect(startAll(scheduler)).toEqual([4]);
    scheduler.done(4);
    expect(scheduler.finished).toBe(true);
  });

  test('queues a node again for another attempt', () => {
    const scheduler = new Scheduler([node([])], { ...MACHINE, cpus: 1 });
    startAll(scheduler);
    scheduler.retry(0);
    expect(startAll(scheduler)).toEqual([0]);
    scheduler.done(0);
    expect(scheduler.finished).toBe(true);
  });

  test('makes a done node again for a consumer whose input is lost, without waking its other consumers', () => {
    const scheduler = new Scheduler([node([]), node([0]), node([0])], MACHINE);
    startAll(scheduler);
    scheduler.done(0);
    expect(startAll(scheduler)).toEqual([1, 2]);
    expect(scheduler.reopen(0, 1)).toBe(true);
    scheduler.done(2);
    scheduler.queue(0);
    expect(startAll(scheduler)).toEqual([0]);
    scheduler.done(0);
    expect(scheduler.takeReady()).toEqual([1]);
    scheduler.done(1);
    expect(scheduler.finished).toBe(true);
  });

  test('skips the nodes that have not started when it is stopped', () => {
    const scheduler = new Scheduler([node([]), node([]), node([]), node([0])], MACHINE);
    startAll(scheduler);
    expect(scheduler.stop()).toEqual([2, 3]);
    scheduler.done(0);
    scheduler.done(1);
    expect(startAll(scheduler)).toEqual([]);
    expect(scheduler.finished).toBe(true);
  });
});

test('whatever the graph, the pools and the outcomes: inputs come first, pools are never exceeded, every node ends once', () => {
  const graphs = fc.array(
    fc.record({
      dependencies: fc.array(fc.nat({ max: 100 }), { maxLength: 3 }),
      seconds: fc.integer({ min: 0, max: 9 }),
      priority: fc.integer({ min: 0, max: 2 }),
      cpus: fc.integer({ min: 0, max: 4 }),
      memoryMiB: fc.integer({ min: 0, max: 2000 }),
      gpus: fc.integer({ min: 0, max: 3 }),
      licence: fc.integer({ min: 0, max: 1 }),
      outcome: fc.constantFrom('done', 'fail', 'hit'),
      takesPart: fc.boolean(),
      isDone: fc.boolean(),
    }),
    { minLength: 1, maxLength: 40 },
  );
  fc.assert(
    fc.property(graphs, fc.infiniteStream(fc.nat()), (specs, choices) => {
      const edges = specs.map(({ dependencies }, index) => [
        ...new Set(index === 0 ? [] : dependencies.map((d) => d % index)),
      ]);
      const needed = specs.map(({ takesPart }) => takesPart);
      for (let index = specs.length - 1; index >= 0; index--)
        if (needed[index]!) for (const dependency of edges[index]!) needed[dependency] = true;
      const done: boolean[] = [];
      for (const [index, { isDone }] of specs.entries())
        done.push(needed[index]! && isDone && edges[index]!.every((dependency) => done[dependency]!));
      const nodes = specs.map((spec, index) => ({
        ...spec,
        dependencies: edges[index]!,
        needs: () => ({
          cpus: spec.cpus,
          memoryMiB: spec.memoryMiB,
          gpus: spec.gpus,
          pools: { licence: spec.licence },
        }),
        initially: done[index]! ? ('done' as const) : needed[index]! ? ('waiting' as const) : ('excluded' as const),
      }));
      const scheduler = new Scheduler(nodes, MACHINE);
      const ended = new Map<number, string>(done.flatMap((is, index) => (is ? [[index, 'done']] : [])));
      const running: { node: number; devices: readonly string[] }[] = [];
      const end = (index: number, how: 'done' | 'fail'): void => {
        expect(ended.has(index)).toBe(false);
        ended.set(index, how);
        if (how === 'done') scheduler.done(index);
        else for (const skipped of scheduler.fail(index)) ended.set(skipped, 'skipped');
      };
      for (let steps = 0; !scheduler.finished; steps++) {
        expect(steps).toBeLessThan(10_000);
        for (const ready of scheduler.takeReady()) {
          for (const dependency of nodes[ready]!.dependencies) expect(ended.get(dependency)).toBe('done');
          if (specs[ready]!.outcome === 'hit') end(ready, 'done');
          else scheduler.queue(ready);
        }
        for (let next = scheduler.start(); next !== undefined; next = scheduler.start()) running.push(next);
        const sum = (of: (index: number) => number): number => running.reduce((total, r) => total + of(r.node), 0);
        expect(sum((i) => Math.min(specs[i]!.cpus, 2))).toBeLessThanOrEqual(2);
        expect(sum((i) => Math.min(specs[i]!.memoryMiB, 1000))).toBeLessThanOrEqual(1000);
        expect(sum((i) => specs[i]!.licence)).toBeLessThanOrEqual(1);
        const devices = running.flatMap((r) => r.devices);
        expect(new Set(devices).size).toBe(devices.length);
        if (running.length === 0) continue;
        const [stopped] = running.splice(choices.next().value % running.length, 1);
        end(stopped!.node, specs[stopped!.node]!.outcome === 'fail' ? 'fail' : 'done');
      }
      expect([...ended.keys()].sort((a, b) => a - b)).toEqual(needed.flatMap((is, index) => (is ? [index] : [])));
    }),
  );
});
