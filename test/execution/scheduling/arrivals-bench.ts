/** Nodes that go together, a clock that a test sets, and a scheduler that starts what may start. */
import type { WaitLimits } from '../../../src/execution/scheduling/arrivals.ts';
import type { Assignment } from '../../../src/execution/scheduling/assignment.ts';
import type { Needs, Pools } from '../../../src/execution/scheduling/pools.ts';
import type { ScheduledNode } from '../../../src/execution/scheduling/scheduled-node.ts';
import { Scheduler } from '../../../src/execution/scheduling/scheduler.ts';

export const MACHINE: Pools = { cpus: 4, memoryMiB: 1000, devices: ['gpu:0'], named: { licence: 1 } };
export const TWO_DEVICES: Pools = { ...MACHINE, devices: ['gpu:0', 'gpu:1'] };

export type More = Partial<ScheduledNode> & { readonly takes?: Partial<Needs> };

/** A node that takes a processor. */
export function plain(dependencies: readonly number[] = [], { takes, ...more }: More = {}): ScheduledNode {
  const needs = (): Needs => ({ cpus: 1, memoryMiB: 0, gpus: 0, pools: {}, ...takes });
  return { dependencies, seconds: undefined, priority: 0, initially: 'waiting', needs, ...more };
}
/** A node that takes a device, and goes together with others. */
export const train = (dependencies: readonly number[], { takes, ...more }: More = {}): ScheduledNode =>
  plain(dependencies, { takes: { gpus: 1, ...takes }, party: 'train', ...more });
/** A node that takes a device, and goes alone. */
export const lone = (dependencies: readonly number[], more: More = {}): ScheduledNode =>
  plain(dependencies, { takes: { gpus: 1 }, ...more });

/** Of a run without limits; a test sets the clock. */
export class Clock implements WaitLimits {
  at = 1000;
  readonly now = (): number => this.at;
  latestStart = (): number => Number.POSITIVE_INFINITY;
  roomFor = (): number => Number.POSITIVE_INFINITY;
}

export class Bench {
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
export const nodesOf = ({ node, riders }: Assignment): readonly number[] => [node, ...riders];

/** A scheduler whose nodes without dependencies have started. */
export function begun(nodes: readonly ScheduledNode[], pools?: Pools, clock?: Clock): Bench {
  const bench = new Bench(nodes, pools, clock);
  bench.start();
  return bench;
}
