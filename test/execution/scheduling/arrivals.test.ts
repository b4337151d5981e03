/** Nodes that could start and wait for others of their party: for whom, how long, and what may go first. */
import { describe, expect, test } from 'vitest';
import { MOST_TOGETHER } from '../../../src/execution/scheduling/parties.ts';
import type { Needs, Pools } from '../../../src/execution/scheduling/pools.ts';
import type { ScheduledNode } from '../../../src/execution/scheduling/scheduled-node.ts';
import { Scheduler } from '../../../src/execution/scheduling/scheduler.ts';
import { Bench, Clock, MACHINE, TWO_DEVICES, begun, lone, plain, train } from './arrivals-bench.ts';

describe('a node whose device is free', () => {
  test('waits for others of its party whose data are being made, and starts with them', () => {
    const bench = begun([plain(), plain(), train([0]), train([1])]);
    const { scheduler } = bench;
    expect(bench.later(100, 0)).toEqual([]);
    expect(scheduler.held).toMatchObject({ node: 2, more: 1, until: 1200 });
    expect(bench.later(50, 1)).toEqual([[2, 3]]);
    expect(scheduler.held).toBeUndefined();
  });

  test('waits no longer than its own preparation took, from the beginning of the first node above it', () => {
    const bench = begun([plain(), plain(), plain([0]), train([2]), train([1])]);
    const { scheduler } = bench;
    bench.later(100, 0);
    bench.later(20, 2);
    expect(scheduler.held).toMatchObject({ node: 3, more: 1, until: 1240 });
    expect(bench.later(119)).toEqual([]);
    expect(bench.later(1)).toEqual([[3]]);
    // Nobody waits twice: it may be put back into the queue before it runs.
    bench.scheduler.retry(3);
    expect(bench.start()).toEqual([[3]]);
  });

  test('counts its preparation from the first of several, whichever ends last', () => {
    // 3 begins late, once 2 has ended.
    const nodes = [plain(), plain(), plain(), plain([], { priority: -1 }), train([0, 3]), train([1])];
    const bench = begun(nodes, { ...MACHINE, cpus: 3 });
    expect(bench.later(90, 2)).toEqual([[3]]);
    bench.later(10, 0);
    bench.later(10, 3);
    expect(bench.scheduler.held).toMatchObject({ node: 4, more: 1, until: 1220 });
  });

  test('waits no longer than the others that are there may', () => {
    // 3 begins late, once 2 has ended.
    const nodes = [plain(), plain(), plain(), plain([], { priority: -1 }), train([0]), train([3]), train([1])];
    const bench = begun(nodes, { ...MACHINE, cpus: 3 });
    expect(bench.later(90, 2)).toEqual([[3]]);
    bench.later(10, 0);
    expect(bench.scheduler.held).toMatchObject({ node: 4, more: 2, until: 1200 });
    bench.later(10, 3);
    expect(bench.scheduler.held).toMatchObject({ node: 4, more: 1, until: 1130 });
    expect(bench.later(20)).toEqual([[4, 5]]);
  });

  test('does not wait if it could start when the run began, or only what existed is above it', () => {
    const made = plain([], { initially: 'done' });
    expect(new Bench([plain(), train([]), train([0])]).start()).toEqual([[0], [1]]);
    expect(new Bench([made, plain(), train([0]), train([1])]).start()).toEqual([[1], [2]]);
  });

  test('does not wait where no limit is given, and not for nodes that take no device', () => {
    const scheduler = new Scheduler([plain(), plain(), train([0]), train([1])], MACHINE);
    for (const ready of scheduler.takeReady()) scheduler.queue(ready);
    for (let next = scheduler.start(); next !== undefined;) next = scheduler.start();
    scheduler.done(0);
    for (const ready of scheduler.takeReady()) scheduler.queue(ready);
    expect(scheduler.start()).toMatchObject({ node: 2 });
    const onCpu = begun([plain(), plain(), train([0]), train([1])], { ...MACHINE, devices: [] });
    expect(onCpu.later(100, 0)).toEqual([[2]]);
  });

  test('starts at once when the clock was set back', () => {
    const bench = begun([plain(), plain(), train([0]), train([1])]);
    bench.later(100, 0);
    expect(bench.later(-50)).toEqual([[2]]);
  });
});

describe('a node is not waited for', () => {
  const alone = (others: readonly ScheduledNode[], pools = MACHINE): readonly (readonly number[])[] => {
    const bench = begun([plain(), plain(), train([0]), ...others], pools);
    return bench.later(100, 0);
  };

  test('if it is of another party, needs something else, or is of none', () => {
    expect(alone([train([1])])).toEqual([]);
    expect(alone([train([1], { party: 'other' })])).toEqual([[2]]);
    expect(alone([train([1], { takes: { memoryMiB: 5 } })])).toEqual([[2]]);
    expect(alone([lone([1])])).toEqual([[2]]);
  });

  test('if its state is probably there', () => {
    expect(alone([train([1], { seconds: 0 })])).toEqual([[2]]);
  });

  test('while something above it takes a device or waits for one', () => {
    const nodes = [plain(), plain(), lone([1], { priority: -1 }), plain([2]), plain([3]), train([0]), train([4])];
    const bench = begun(nodes);
    expect(bench.later(100, 0)).toEqual([[5]]);
    // Once that is done, it counts.
    const other = begun(nodes);
    expect(other.later(100, 1)).toEqual([[2]]);
    expect(other.later(100, 0)).toEqual([]);
    expect(other.later(100, 2)).toEqual([[3]]);
    expect(other.scheduler.held).toMatchObject({ node: 5, more: 1 });
    expect(other.later(1, 3)).toEqual([[4]]);
    expect(other.later(1, 4)).toEqual([[5, 6]]);
  });

  test('once something above it has failed, or its state turned out to be there', () => {
    const nodes = [plain(), plain(), plain(), train([0]), train([1]), train([2])];
    const bench = begun(nodes);
    const { scheduler } = bench;
    bench.later(100, 0);
    expect(scheduler.held).toMatchObject({ more: 2 });
    scheduler.fail(1);
    expect(bench.start()).toEqual([]);
    expect(scheduler.held).toMatchObject({ more: 1 });
    scheduler.done(2);
    for (const ready of scheduler.takeReady()) scheduler.done(ready);
    expect(bench.start()).toEqual([[3]]);
  });

  test('if it was skipped before a device above it was free', () => {
    const late = lone([], { priority: -1 });
    const bench = begun([plain(), plain(), plain(), late, train([0]), train([1, 3]), train([2])], {
      ...MACHINE,
      cpus: 5,
    });
    bench.scheduler.fail(1);
    expect(bench.later(100, 0, 3)).toEqual([]);
    expect(bench.scheduler.held).toMatchObject({ node: 4, more: 1 });
  });

  test('once another process makes its state', () => {
    const bench = begun([plain(), plain(), train([0]), train([1])]);
    const { scheduler } = bench;
    bench.later(100, 0);
    scheduler.done(1);
    for (const ready of scheduler.takeReady()) scheduler.queue(ready);
    scheduler.unqueue(3);
    expect(bench.start()).toEqual([[2]]);
  });

  test('by one that goes alone after a failure', () => {
    const lateData = [lone([1], { priority: -1 }), plain([2])];
    const bench = begun([plain(), plain(), ...lateData, train([0]), train([3])], TWO_DEVICES);
    expect(bench.later(100, 0, 1)).toEqual([[4], [2]]);
    expect(bench.later(10, 2)).toEqual([[3]]);
    bench.scheduler.retryAlone(4);
    expect(bench.start()).toEqual([[4]]);
  });
});

describe('nodes wait for no more', () => {
  test('than can go together', () => {
    const nodes = [plain(), plain(), ...Array.from({ length: MOST_TOGETHER + 1 }, () => train([0])), train([1])];
    expect(begun(nodes).later(100, 0)[0]).toHaveLength(MOST_TOGETHER);
    expect(begun(nodes.slice(0, -3).concat(train([1]))).later(100, 0)).toEqual([]);
  });

  test('than memory and pools have room for', () => {
    const large = { takes: { memoryMiB: 600 } };
    expect(begun([plain(), plain(), train([0], large), train([1], large)]).later(100, 0)).toEqual([[2]]);
    const licensed = { takes: { pools: { licence: 1 } } };
    expect(begun([plain(), plain(), train([0], licensed), train([1], licensed)]).later(100, 0)).toEqual([[2]]);
  });

  test('than the limits of the run leave room and time for', () => {
    const nodes = [plain(), plain(), train([0]), train([1])];
    const clock = new Clock();
    clock.roomFor = () => 1;
    expect(begun(nodes, MACHINE, clock).later(100, 0)).toEqual([[2]]);
    const timed = new Clock();
    timed.latestStart = () => 1160;
    const bench = begun(nodes, MACHINE, timed);
    bench.later(100, 0);
    expect(bench.scheduler.held).toMatchObject({ node: 2, more: 1, until: 1130 });
  });
});

describe('while a node waits', () => {
  test('it starts at once when nothing goes on that the others wait for', () => {
    // One processor, which it would have itself.
    const bench = begun([plain([], { priority: 1 }), plain(), train([0], { priority: 1 }), train([1])], {
      ...MACHINE,
      cpus: 1,
    });
    expect(bench.later(100, 0)).toEqual([[2]]);
    // What runs is above none of them, and takes the processors that 1 needs.
    const unrelated = [plain(), plain([], { priority: -1 }), plain([], { takes: { cpus: 2 } })];
    const busy = begun([...unrelated, train([0]), train([1])], { ...MACHINE, cpus: 3 });
    expect(busy.later(100, 0)).toEqual([[3]]);
    // What runs is above one whose state is probably there.
    const probable = [plain(), plain(), plain([], { priority: -1 }), train([1], { seconds: 0 })];
    const hit = begun([...probable, train([0]), train([2])], { ...MACHINE, cpus: 2 });
    expect(hit.later(100, 0)).toEqual([[4]]);
  });

  test('a processor, memory and pools are kept for it', () => {
    const started = (own: Partial<Needs>, other: Partial<Needs>, pools: Partial<Pools>) => {
      const both = { takes: { gpus: 1, ...own } };
      const nodes = [plain(), plain(), train([0], both), train([1], both), plain([0], { takes: other })];
      const bench = begun(nodes, { ...MACHINE, ...pools });
      const first = bench.later(100, 0);
      if (first.length === 0) expect(bench.later(100)[0]).toEqual([2]);
      return first[0];
    };
    expect(started({}, {}, { cpus: 2 })).toBeUndefined();
    expect(started({}, {}, { cpus: 3 })).toEqual([4]);
    expect(started({ memoryMiB: 400 }, { memoryMiB: 700 }, {})).toBeUndefined();
    expect(started({ memoryMiB: 400 }, { memoryMiB: 600 }, {})).toEqual([4]);
    const named = { licence: 2 };
    expect(started({ pools: { licence: 1 } }, { pools: { licence: 2 } }, { named })).toBeUndefined();
    expect(started({ pools: { licence: 1 } }, { pools: { licence: 1 } }, { named })).toEqual([4]);
  });

  test('another node may have the device first, whatever its order, and it waits on beside it', () => {
    const bench = begun([plain(), plain(), train([0], { priority: 1 }), train([1]), lone([0])]);
    expect(bench.later(100, 0)).toEqual([[4]]);
    expect(bench.scheduler.held).toBeUndefined();
    expect(bench.later(50, 4)).toEqual([]);
    expect(bench.scheduler.held).toMatchObject({ node: 2, until: 1200 });
    expect(bench.later(1, 1)).toEqual([[2, 3]]);
  });

  test('no other node may have the device that is known to take longer', () => {
    const nodes = (own: number | undefined, other: number | undefined): readonly ScheduledNode[] => [
      ...[plain(), plain(), train([0], { priority: 1, seconds: own }), train([1]), lone([0], { seconds: other })],
    ];
    const first = (own: number | undefined, other: number | undefined) => begun(nodes(own, other)).later(100, 0)[0];
    expect(first(10, 11)).toEqual([2]);
    expect([first(10, 10), first(undefined, 11), first(10, undefined)]).toEqual([[4], [4], [4]]);
    // Its state was expected to be there.
    expect(first(0, 11)).toEqual([4]);
    // On a machine with two, each has its own.
    expect(begun(nodes(10, 11), TWO_DEVICES).later(100, 0)).toEqual([[4]]);
  });

  test('a shorter one has the device first, although a longer one is before it', () => {
    const two = (first: number, second: number): Bench =>
      begun([
        ...[plain(), plain(), train([0], { priority: 1, seconds: 10 }), train([1])],
        ...[lone([0], { seconds: first }), lone([0], { seconds: second, priority: -1 })],
      ]);
    const bench = two(100, 1);
    expect(bench.later(100, 0)).toEqual([[5]]);
    // Only the longer one is left: the device is not kept beside it.
    expect(bench.later(1, 5)).toEqual([[2]]);
    expect(two(100, 11).later(100, 0)).toEqual([[2]]);
    expect(two(1, 100).later(100, 0)).toEqual([[4]]);
  });

  test('a node of another party that could wait as well starts', () => {
    const other = { party: 'other' };
    const both = [train([0], { priority: 1 }), train([1]), train([0], other), train([1], other)];
    for (const pools of [MACHINE, TWO_DEVICES]) {
      const bench = begun([plain(), plain(), ...both], pools);
      expect(bench.later(100, 0)).toEqual([[4]]);
      if (pools === MACHINE) expect(bench.later(10, 4)).toEqual([]);
      expect(bench.scheduler.held).toMatchObject({ node: 2 });
    }
  });

  test('all devices that are free are kept, and all nodes are divided between them', () => {
    const nodes = [plain(), plain(), train([0]), train([1]), train([1]), train([1])];
    const bench = begun(nodes, TWO_DEVICES);
    expect(bench.later(100, 0)).toEqual([]);
    expect(bench.later(10, 1)).toEqual([
      [2, 3],
      [4, 5],
    ]);
  });

  test('it may be taken out of the queue, or the run may stop', () => {
    const nodes = [plain(), plain(), plain(), train([0]), train([1]), train([2])];
    const bench = begun(nodes);
    const { scheduler } = bench;
    bench.later(100, 0, 1);
    expect(scheduler.held).toMatchObject({ node: 3, more: 1 });
    scheduler.unqueue(3);
    bench.start();
    expect(scheduler.held).toMatchObject({ node: 4, more: 1 });
    expect(scheduler.stop()).toEqual([3, 4, 5]);
    expect([scheduler.held, bench.start()]).toEqual([undefined, []]);
  });
});

test('preparation counts from the time when another process, or a remote, began to give what is above', () => {
  const nodes = [plain(), plain(), train([0]), train([1])];
  const foreign = new Bench(nodes);
  for (const ready of foreign.scheduler.takeReady()) foreign.scheduler.queue(ready);
  foreign.scheduler.unqueue(0);
  expect(foreign.start()).toEqual([[1]]);
  expect(foreign.later(100, 0)).toEqual([]);
  expect(foreign.scheduler.held).toMatchObject({ node: 2, until: 1200 });
  const fetched = new Bench(nodes);
  fetched.scheduler.takeReady();
  for (const node of [0, 1]) fetched.scheduler.isOnItsWay(node);
  expect(fetched.later(100, 0)).toEqual([]);
  expect(fetched.scheduler.held).toMatchObject({ node: 2, until: 1200 });
});
