/** Nodes that could start and wait for others of their party: for whom, how long, and what may go first. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { WaitLimits } from '../../../src/execution/scheduling/arrivals.ts';
import type { Assignment } from '../../../src/execution/scheduling/assignment.ts';
import { MOST_TOGETHER } from '../../../src/execution/scheduling/parties.ts';
import type { Needs, Pools } from '../../../src/execution/scheduling/pools.ts';
import type { ScheduledNode } from '../../../src/execution/scheduling/scheduled-node.ts';
import { Scheduler } from '../../../src/execution/scheduling/scheduler.ts';

const MACHINE: Pools = { cpus: 4, memoryMiB: 1000, devices: ['gpu:0'], named: { licence: 1 } };
const TWO_DEVICES: Pools = { ...MACHINE, devices: ['gpu:0', 'gpu:1'] };

type More = Partial<ScheduledNode> & { readonly takes?: Partial<Needs> };

/** A node that takes a processor. */
function plain(dependencies: readonly number[] = [], { takes, ...more }: More = {}): ScheduledNode {
  const needs = (): Needs => ({ cpus: 1, memoryMiB: 0, gpus: 0, pools: {}, ...takes });
  return { dependencies, seconds: undefined, priority: 0, initially: 'waiting', needs, ...more };
}
/** A node that takes a device, and goes together with others. */
const train = (dependencies: readonly number[], { takes, ...more }: More = {}): ScheduledNode =>
  plain(dependencies, { takes: { gpus: 1, ...takes }, party: 'train', ...more });
/** A node that takes a device, and goes alone. */
const lone = (dependencies: readonly number[], more: More = {}): ScheduledNode =>
  plain(dependencies, { takes: { gpus: 1 }, ...more });

/** Of a run without limits; a test sets the clock. */
class Clock implements WaitLimits {
  at = 1000;
  readonly now = (): number => this.at;
  latestStart = (): number => Number.POSITIVE_INFINITY;
  roomFor = (): number => Number.POSITIVE_INFINITY;
}

class Bench {
  readonly clock: Clock;
  readonly scheduler: Scheduler;

  constructor(nodes: readonly ScheduledNode[], pools = MACHINE, clock = new Clock()) {
    this.clock = clock;
    this.scheduler = new Scheduler(nodes, pools, clock);
  }

  /** Queues what is ready, and starts what may start, each with those that go with it. */
  start(): readonly (readonly number[])[] {
    for (const ready of this.scheduler.takeReady()) this.scheduler.queue(ready);
    const started: (readonly number[])[] = [];
    for (let next = this.scheduler.start(); next !== undefined; next = this.scheduler.start())
      started.push(nodesOf(next));
    return started;
  }

  /** Ends these nodes some time later, and starts what may start then. */
  later(milliseconds: number, ...done: readonly number[]): readonly (readonly number[])[] {
    this.clock.at += milliseconds;
    for (const node of done) this.scheduler.done(node);
    return this.start();
  }
}
const nodesOf = ({ node, riders }: Assignment): readonly number[] => [node, ...riders];

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

describe('a twin, which is made when another node with its key is,', () => {
  /** Queues what is ready except for a twin, and starts what may start. */
  function withTwin(bench: Bench, maker: number, twin: number): readonly (readonly number[])[] {
    for (const ready of bench.scheduler.takeReady())
      if (ready === twin) bench.scheduler.isTwinOf(maker, twin);
      else bench.scheduler.queue(ready);
    return bench.start();
  }

  test('is nothing that a node waits for as long as that one is only queued', () => {
    // One processor, which 3 has itself.
    const first = { priority: 1 };
    const bench = new Bench([plain([], first), plain(), plain(), train([0], first), train([1]), train([2])], {
      ...MACHINE,
      cpus: 1,
    });
    expect(withTwin(bench, 1, 2)).toEqual([[0]]);
    expect(bench.later(100, 0)).toEqual([[3]]);
  });

  test('is waited for while that one is made, whatever is below that', () => {
    const bench = new Bench([plain(), plain(), plain(), train([0]), plain([1]), train([2])]);
    expect(withTwin(bench, 1, 2)).toEqual([[0], [1]]);
    expect(bench.later(100, 0)).toEqual([]);
    expect(bench.scheduler.held).toMatchObject({ node: 3, more: 1, until: 1200 });
    expect(bench.later(10, 1, 2)).toEqual([[3, 5], [4]]);
  });

  test('is waited for while its state is on its way, or once it is made itself', () => {
    const nodes = [plain(), plain(), plain(), train([0]), plain([1]), train([2])];
    for (const goOn of [
      (scheduler: Scheduler) => scheduler.isOnItsWay(2),
      (scheduler: Scheduler) => scheduler.queue(2),
    ]) {
      const bench = new Bench(nodes);
      withTwin(bench, 1, 2);
      bench.scheduler.fail(1);
      goOn(bench.scheduler);
      bench.start();
      expect(bench.later(100, 0)).toEqual([]);
      expect(bench.scheduler.held).toMatchObject({ node: 3, more: 1 });
      expect(bench.later(10, 2)).toEqual([[3, 5]]);
    }
  });

  test('was prepared for as long as that one', () => {
    const bench = new Bench([plain(), plain(), plain(), plain([0]), train([1]), train([2])]);
    expect(withTwin(bench, 0, 1)).toEqual([[0], [2]]);
    expect(bench.later(100, 0, 1)).toEqual([[3]]);
    expect(bench.scheduler.held).toMatchObject({ node: 4, more: 1, until: 1200 });
  });
});

describe('whatever the graph, the machine and the course', () => {
  const KINDS = ['plain', 'lone', 'train', 'other'] as const;
  const specOf = (...kinds: (typeof KINDS)[number][]) =>
    fc.record({
      dependencies: fc.array(fc.nat({ max: 100 }), { minLength: kinds[0] === 'plain' ? 0 : 1, maxLength: 2 }),
      kind: fc.constantFrom(...kinds),
      seconds: fc.option(fc.integer({ min: 0, max: 3 }), { nil: undefined }),
      priority: fc.integer({ min: 0, max: 1 }),
      memoryMiB: fc.constantFrom(0, 0, 0, 400),
      outcome: fc.constantFrom('done', 'done', 'done', 'done', 'hit', 'fail', 'foreign', 'twin', 'twin'),
      isDone: fc.constantFrom(false, false, true),
    });
  // Mostly data first, and then what is trained on them.
  const specs = fc
    .tuple(
      fc.array(specOf('plain'), { minLength: 1, maxLength: 15 }),
      fc.array(specOf('train', 'train', 'train', 'other', 'lone'), { minLength: 1, maxLength: 8 }),
      fc.array(specOf(...KINDS), { maxLength: 8 }),
    )
    .map((layers) => layers.flat());
  const machines = fc.record({ cpus: fc.integer({ min: 1, max: 4 }), devices: fc.integer({ min: 1, max: 3 }) });
  const PARTIES = { plain: undefined, lone: undefined, train: 'train', other: 'other' } as const;

  test('no node is held for longer than it took to prepare, a device is never idle while another node could have it, and each ends once', () => {
    let holds = 0;
    fc.assert(
      fc.property(specs, machines, fc.infiniteStream(fc.nat()), (given, machine, choices) => {
        const nodes: ScheduledNode[] = [];
        for (const { dependencies, kind, seconds, priority, memoryMiB, isDone } of given) {
          const above = nodes.length === 0 ? [] : [...new Set(dependencies.map((each) => each % nodes.length))];
          const isMade = isDone && above.every((each) => nodes[each]!.initially === 'done');
          const takes = { gpus: kind === 'plain' ? 0 : 1, memoryMiB };
          const initially = isMade ? 'done' : 'waiting';
          nodes.push(plain(above, { takes, party: PARTIES[kind], seconds, priority, initially }));
        }
        const devices = Array.from({ length: machine.devices }, (_, n) => `gpu:${n}`);
        const course = new Course(nodes, { ...MACHINE, cpus: machine.cpus, devices });
        const choose = (most: number): number => choices.next().value % most;
        while (!course.scheduler.finished) {
          course.queueReady((node) => given[node]!.outcome);
          course.startAll();
          holds += course.scheduler.held === undefined ? 0 : 1;
          course.check();
          course.endOne(choose, (node) => given[node]!.outcome);
        }
        expect([...course.ended].sort((a, b) => a - b)).toEqual(
          nodes.flatMap(({ initially }, node) => (initially === 'waiting' ? [node] : [])),
        );
      }),
      { numRuns: 500 },
    );
    expect(holds).toBeGreaterThan(0);
  });
});

/** A course of a run, with a record of its own of when each node began and could start. */
class Course {
  readonly clock = new Clock();
  readonly scheduler: Scheduler;
  readonly ended: number[] = [];
  readonly #nodes: readonly ScheduledNode[];
  readonly #pools: Pools;
  /** What runs, each with the start that it has its processors and devices from. */
  #running: { readonly node: number; readonly from: Assignment }[] = [];
  /** What other processes make. */
  #foreign: number[] = [];
  /** Nodes that are made when another one is, each with that one. */
  readonly #twins = new Map<number, number>();
  readonly #skipped: number[] = [];
  readonly #begun = new Map<number, number>();
  readonly #queued = new Map<number, number>();

  constructor(nodes: readonly ScheduledNode[], pools: Pools) {
    this.#nodes = nodes;
    this.#pools = pools;
    this.scheduler = new Scheduler(nodes, pools, this.clock);
  }

  queueReady(outcomeOf: (node: number) => string): void {
    for (let all = this.scheduler.takeReady(); all.length > 0; all = this.scheduler.takeReady())
      for (const node of all) {
        if (outcomeOf(node) === 'hit') {
          this.#end(node, 'done');
          continue;
        }
        const maker = outcomeOf(node) === 'twin' ? this.#makerFor(node) : undefined;
        if (maker !== undefined) {
          this.scheduler.isTwinOf(maker, node);
          this.#twins.set(node, maker);
          continue;
        }
        this.scheduler.queue(node);
        this.#queued.set(node, this.clock.at);
        if (outcomeOf(node) !== 'foreign') continue;
        this.scheduler.unqueue(node);
        this.#queued.delete(node);
        this.#begun.set(node, this.clock.at);
        this.#foreign.push(node);
      }
  }

  startAll(): void {
    for (let next = this.scheduler.start(); next !== undefined; next = this.scheduler.start()) {
      for (const node of nodesOf(next)) {
        this.#queued.delete(node);
        this.#begun.set(node, this.clock.at);
        this.#running.push({ node, from: next });
      }
    }
  }

  /** What must hold when nothing more starts. */
  check(): void {
    const { held } = this.scheduler;
    const inUse = this.#starts.flatMap(({ devices }) => devices);
    expect(new Set(inUse).size).toBe(inUse.length);
    if (held === undefined) {
      expect(this.#running.length + this.#foreign.length > 0 || this.#queued.size === 0).toBe(true);
      for (const node of this.#queued.keys()) expect(this.#fits(node)).toBe(false);
      return;
    }
    for (const [node, since] of this.#queued) {
      if (this.#areMates(node, held.node)) expect(this.clock.at - since).toBeLessThan(since - this.#firstBegun(node));
      // Whatever else takes a device does not fit for another reason.
      else if (this.#needs(node).gpus > 0) expect(this.#fits(node)).toBe(false);
    }
    expect(held.until).toBeGreaterThan(this.clock.at);
    const coming = this.#nodes.flatMap((_, node) => (this.#isComing(node, held.node) ? [node] : []));
    if (this.#needs(held.node).memoryMiB === 0) expect(held.more).toBe(coming.length);
    else expect(held.more).toBeLessThanOrEqual(coming.length);
    const made = [...this.#running.map(({ node }) => node), ...this.#foreign];
    const going = made.flatMap((node) => [node, ...this.#twinsOf(node)]);
    const waited = this.#nodes.flatMap((_, node) =>
      this.#isExpected(node, held.node) ? [...this.#missing(node)] : [],
    );
    // What is being made above one that was skipped counts as well: nobody looks at what is below it.
    for (const node of this.#skipped) if (this.#areMates(node, held.node)) waited.push(...this.#above(node));
    expect(waited.some((above) => going.includes(above))).toBe(true);
  }

  /** Some time later, one of those that run ends, or only the time passes. */
  endOne(choose: (most: number) => number, outcomeOf: (node: number) => string): void {
    this.clock.at += choose(20);
    const { held } = this.scheduler;
    if (held !== undefined && choose(4) === 0) {
      this.clock.at = held.until;
      return;
    }
    const going = [...this.#running.map(({ node }) => node), ...this.#foreign];
    if (going.length === 0) return;
    const node = going[choose(going.length)]!;
    this.#running = this.#running.filter((each) => each.node !== node);
    this.#foreign = this.#foreign.filter((each) => each !== node);
    this.#end(node, outcomeOf(node) === 'fail' ? 'fail' : 'done');
  }

  #end(node: number, how: 'done' | 'fail'): void {
    this.ended.push(node);
    if (how === 'done') this.scheduler.done(node);
    else {
      const skipped = this.scheduler.fail(node);
      this.ended.push(...skipped);
      this.#skipped.push(...skipped);
    }
    for (const twin of this.#twinsOf(node)) {
      this.#twins.delete(twin);
      this.#begun.set(twin, this.#firstBegun(node));
      this.#end(twin, how);
    }
  }

  #twinsOf(maker: number): readonly number[] {
    return [...this.#twins].flatMap(([twin, of]) => (of === maker ? [twin] : []));
  }

  /** One that is in flight and is like it. */
  #makerFor(twin: number): number | undefined {
    const inFlight = [...this.#queued.keys(), ...this.#running.map(({ node }) => node), ...this.#foreign];
    return inFlight.find((node) => this.#areMates(node, twin) && this.#needs(node).gpus === this.#needs(twin).gpus);
  }

  #needs(node: number): Needs {
    return this.#nodes[node]!.needs(node);
  }

  #areMates(a: number, b: number): boolean {
    const [one, other] = [this.#nodes[a]!, this.#nodes[b]!];
    return one.party === other.party && this.#needs(a).memoryMiB === this.#needs(b).memoryMiB;
  }

  #isComing(node: number, held: number): boolean {
    return this.#isExpected(node, held) && [...this.#missing(node)].every((above) => this.#needs(above).gpus === 0);
  }

  #isExpected(node: number, held: number): boolean {
    const isMate = this.#isOpen(node) && this.#areMates(node, held) && this.#nodes[node]!.seconds !== 0;
    return isMate && this.#missing(node).size > 0;
  }

  #isOpen(node: number): boolean {
    return this.#nodes[node]!.initially === 'waiting' && !this.ended.includes(node);
  }

  /** What the node waits for, directly or not. */
  #missing(node: number): ReadonlySet<number> {
    const above = this.#nodes[node]!.dependencies.filter((each) => this.#isOpen(each));
    return new Set(above.flatMap((each) => [each, ...this.#missing(each)]));
  }

  #above(node: number): readonly number[] {
    return this.#nodes[node]!.dependencies.flatMap((each) => [each, ...this.#above(each)]);
  }

  #firstBegun(node: number): number {
    let first = this.#begun.get(node) ?? Number.POSITIVE_INFINITY;
    for (const above of this.#nodes[node]!.dependencies) first = Math.min(first, this.#firstBegun(above));
    return first;
  }

  /** Those of which something still runs. */
  get #starts(): readonly Assignment[] {
    return [...new Set(this.#running.map(({ from }) => from))];
  }

  #fits(node: number): boolean {
    const { cpus, gpus, memoryMiB } = this.#needs(node);
    const devices = this.#starts.flatMap((each) => each.devices).length;
    const memory = this.#running.reduce((sum, each) => sum + this.#needs(each.node).memoryMiB, 0);
    const pools = this.#pools;
    return (
      this.#starts.length + cpus <= pools.cpus &&
      devices + gpus <= pools.devices.length &&
      memory + memoryMiB <= pools.memoryMiB
    );
  }
}

/** A scheduler whose nodes without dependencies have started. */
function begun(nodes: readonly ScheduledNode[], pools?: Pools, clock?: Clock): Bench {
  const bench = new Bench(nodes, pools, clock);
  bench.start();
  return bench;
}
