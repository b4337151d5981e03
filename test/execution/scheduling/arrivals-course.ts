/**
 * Random courses of runs with nodes that wait for others: each end is chosen, and what the scheduler counts is counted
 * again from the nodes.
 */
import { expect } from 'vitest';
import type { Assignment } from '../../../src/execution/scheduling/assignment.ts';
import type { Needs, Pools } from '../../../src/execution/scheduling/pools.ts';
import type { ScheduledNode } from '../../../src/execution/scheduling/scheduled-node.ts';
import { Scheduler } from '../../../src/execution/scheduling/scheduler.ts';
import { Clock, nodesOf } from './arrivals-bench.ts';

/** A course of a run, with a record of its own of when each node began and could start. */
export class Course {
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
