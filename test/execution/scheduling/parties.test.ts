import { describe, expect, test } from 'vitest';
import type { Assignment } from '../../../src/execution/scheduling/assignment.ts';
import { MOST_TOGETHER } from '../../../src/execution/scheduling/parties.ts';
import type { Needs, Pools } from '../../../src/execution/scheduling/pools.ts';
import type { ScheduledNode } from '../../../src/execution/scheduling/scheduled-node.ts';
import { Scheduler } from '../../../src/execution/scheduling/scheduler.ts';

const MACHINE: Pools = { cpus: 4, memoryMiB: 1000, devices: ['gpu:0'], named: { licence: 2 } };
const TWO_DEVICES: Pools = { ...MACHINE, devices: ['gpu:0', 'gpu:1'] };

const node = (needs: Partial<Needs> = {}, more: Partial<ScheduledNode> = {}): ScheduledNode => ({
  dependencies: [],
  seconds: 1,
  priority: 0,
  initially: 'waiting',
  needs: () => ({ cpus: 1, memoryMiB: 0, gpus: 1, pools: {}, ...needs }),
  party: 'train',
  ...more,
});
const times = (count: number, one: ScheduledNode): readonly ScheduledNode[] => Array.from({ length: count }, () => one);

/** All nodes that are ready are in the queue. */
function queued(nodes: readonly ScheduledNode[], pools = MACHINE): Scheduler {
  const scheduler = new Scheduler(nodes, pools);
  queueReady(scheduler);
  return scheduler;
}
function queueReady(scheduler: Scheduler): void {
  for (const ready of scheduler.takeReady()) scheduler.queue(ready);
}
function startAll(scheduler: Scheduler): readonly (readonly number[])[] {
  const started: (readonly number[])[] = [];
  for (let next = scheduler.start(); next !== undefined; next = scheduler.start()) started.push(nodesOf(next));
  return started;
}
const nodesOf = ({ node: first, riders }: Assignment): readonly number[] => [first, ...riders];

describe('nodes of one party', () => {
  test('start together on the device that the first of them takes, the best first', () => {
    const scheduler = queued([node(), node({}, { priority: 1 }), node()]);
    expect(scheduler.start()).toEqual({ node: 1, devices: ['gpu:0'], riders: [0, 2] });
    expect(scheduler.start()).toBeUndefined();
  });

  test('wait for none that is not ready where no limit is given; it starts when the device is free again', () => {
    const scheduler = queued([
      node(),
      node(),
      node({ gpus: 0 }, { party: undefined }),
      node({}, { dependencies: [2] }),
    ]);
    expect(startAll(scheduler)).toEqual([[2], [0, 1]]);
    scheduler.done(2);
    queueReady(scheduler);
    expect(scheduler.start()).toBeUndefined();
    scheduler.done(0);
    expect(scheduler.start()).toBeUndefined();
    scheduler.done(1);
    expect(scheduler.start()).toEqual({ node: 3, devices: ['gpu:0'], riders: [] });
  });

  test('leave those alone that are of another party, need something else or are of none', () => {
    const others = [node({}, { party: 'predict' }), node({ memoryMiB: 5 }), node({}, { party: undefined })];
    expect(startAll(queued([node(), ...others, node()]))).toEqual([[0, 4]]);
  });

  test('go one by one where they take no device', () => {
    expect(startAll(queued(times(3, node({ gpus: 0 }))))).toEqual([[0], [1], [2]]);
    expect(startAll(queued(times(3, node()), { ...MACHINE, devices: [] }))).toEqual([[0], [1], [2]]);
  });

  test('are divided between the devices that are free', () => {
    expect(startAll(queued(times(5, node()), TWO_DEVICES))).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    // The second device cannot be used without a processor.
    expect(startAll(queued(times(5, node()), { ...TWO_DEVICES, cpus: 1 }))).toEqual([[0, 1, 2, 3, 4]]);
  });

  test('are as many as memory and named pools allow', () => {
    expect(startAll(queued(times(4, node({ memoryMiB: 400 }))))).toEqual([[0, 1]]);
    expect(startAll(queued(times(4, node({ memoryMiB: 5000 }))))).toEqual([[0]]);
    expect(startAll(queued(times(4, node({ pools: { licence: 1 } }))))).toEqual([[0, 1]]);
  });

  test(`are at most ${MOST_TOGETHER}`, () => {
    const [first] = startAll(queued(times(MOST_TOGETHER + 5, node())));
    expect(first).toHaveLength(MOST_TOGETHER);
  });

  test('keep device and processor until the last of them has ended, whichever that is', () => {
    const scheduler = queued([...times(3, node()), node({ gpus: 0 }, { party: undefined })], { ...MACHINE, cpus: 1 });
    expect(startAll(scheduler)).toEqual([[0, 1, 2]]);
    scheduler.done(0);
    scheduler.fail(2);
    expect(scheduler.start()).toBeUndefined();
    scheduler.done(1);
    expect(scheduler.start()).toEqual({ node: 3, devices: [], riders: [] });
  });

  test('give back memory and pools when each ends', () => {
    const scheduler = queued([
      ...times(2, node({ memoryMiB: 400 })),
      node({ memoryMiB: 500, gpus: 0 }, { party: 'b' }),
    ]);
    expect(startAll(scheduler)).toEqual([[0, 1]]);
    scheduler.done(0);
    expect(scheduler.start()).toMatchObject({ node: 2 });
  });

  test('go alone after a failure of all of them', () => {
    const scheduler = queued(times(3, node()));
    expect(startAll(scheduler)).toEqual([[0, 1, 2]]);
    scheduler.retryAlone(0);
    scheduler.retryAlone(1);
    scheduler.done(2);
    expect(startAll(scheduler)).toEqual([[0]]);
    scheduler.done(0);
    expect(startAll(scheduler)).toEqual([[1]]);
    scheduler.done(1);
    expect(scheduler.finished).toBe(true);
  });

  test('free what they have also by waiting for a node that is made again', () => {
    const scheduler = queued([node({ gpus: 0 }, { party: undefined }), ...times(2, node({}, { dependencies: [0] }))]);
    expect(startAll(scheduler)).toEqual([[0]]);
    scheduler.done(0);
    queueReady(scheduler);
    expect(startAll(scheduler)).toEqual([[1, 2]]);
    scheduler.reopen(0, 1);
    scheduler.reconsider(2);
    scheduler.queue(0);
    queueReady(scheduler);
    expect(startAll(scheduler)).toEqual([[0], [2]]);
  });
});
