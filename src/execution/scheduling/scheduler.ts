/**
 * The scheduler: which nodes may start now, in which order, on which slots. Pure bookkeeping without clock, I/O or
 * promises, so that every rule can be tested in microseconds. Nodes are numbered as in the graph.
 *
 * `takeReady` returns a node once, when everything that it waits for is done. The execution then either finds its state
 * (`done`) or puts it into the queue (`queue`); `start` returns the best queued node that fits into the pools. Each
 * started node goes back into the queue (`retry`) or is ended with `done` or `fail`. Order: priority, then rank, then the
 * longest path of recorded seconds below, then the graph's order. With a node that takes a device, queued nodes of its
 * party start on that device (`Party`).
 */
import { type Consumers, consumersOf } from '../../core/graph/consumers.ts';
import { type IdleSlots, NO_SLOTS } from './idle-work.ts';
import { Parties } from './parties.ts';
import { FreePools, type Needs, type Pools } from './pools.ts';
import { SortedQueue } from './sorted-queue.ts';

export interface ScheduledNode {
  readonly dependencies: readonly number[];
  /** Expected duration. */
  readonly seconds: number;
  readonly priority: number;
  /** Of two nodes of one priority, the one with the lower rank starts first; default 0. */
  readonly rank?: number;
  /** Read when the node's turn may have come. */
  readonly needs: (node: number) => Needs;
  /** Nodes of one party and the same needs may start together on one device; undefined for one that goes alone. */
  readonly party?: string | undefined;
  /** `excluded`: it takes no part in the run. `done`: its state and those of all nodes above it exist. */
  readonly initially: 'waiting' | 'done' | 'excluded';
}

export interface Assignment {
  readonly node: number;
  readonly devices: readonly string[];
  /** Further nodes that start on these devices, the best first. */
  readonly riders: readonly number[];
}

type Phase = 'waiting' | 'handed-out' | 'queued' | 'running' | 'done' | 'failed' | 'skipped' | 'excluded';

export class Scheduler {
  readonly #nodes: readonly ScheduledNode[];
  readonly #consumers: Consumers;
  /** Seconds of the longest path from the node down. */
  readonly #path: Float64Array;
  readonly #phases: Phase[];
  /** How many dependencies of the node are not done. */
  readonly #missing: Int32Array;
  /** Nodes that are being made again, each with the nodes that wait only for that. */
  readonly #reopened = new Map<number, number[]>();
  readonly #queue: SortedQueue;
  /** The needs of a node as text, and how many nodes in the queue have them. */
  readonly #kindOf = new Map<number, string>();
  readonly #kinds = new Map<string, number>();
  readonly #free: FreePools;
  readonly #parties: Parties;
  /** How many nodes in the queue take no CPU. */
  #cpuless = 0;
  #ready: number[] = [];
  /** Where those begin that were not taken. */
  #firstReady = 0;
  #open = 0;

  constructor(nodes: readonly ScheduledNode[], pools: Pools) {
    this.#nodes = nodes;
    this.#free = new FreePools(pools);
    this.#parties = new Parties(this.#free);
    this.#consumers = consumersOf(nodes.length, (node) => nodes[node]!.dependencies);
    this.#path = longestPaths(nodes, this.#consumers);
    this.#queue = new SortedQueue((a, b) => this.#isBefore(a, b));
    this.#phases = nodes.map(({ initially }) => initially);
    this.#missing = new Int32Array(nodes.length);
    for (let index = 0; index < nodes.length; index++) {
      const { dependencies, initially } = nodes[index]!;
      if (initially !== 'waiting') continue;
      this.#open++;
      for (const dependency of dependencies) if (this.#phases[dependency] !== 'done') this.#missing[index]! += 1;
      if (this.#missing[index] === 0) this.#ready.push(index);
    }
  }

  /** True when every node has ended. */
  get finished(): boolean {
    return this.#open === 0;
  }

  /** What no node uses; nothing as long as a node is queued, whatever it waits for. */
  get idle(): IdleSlots {
    return this.#queue.size === 0 ? this.#free.idle : NO_SLOTS;
  }

  /** Nodes that have become ready and were not taken yet: so many of them at most, in the order in which they became ready. */
  takeReady(most = Number.POSITIVE_INFINITY): readonly number[] {
    const ready: number[] = [];
    for (; ready.length < most && this.#firstReady < this.#ready.length; this.#firstReady++) {
      const node = this.#ready[this.#firstReady]!;
      if (this.#phases[node] !== 'waiting') continue;
      this.#phases[node] = 'handed-out';
      ready.push(node);
    }
    if (this.#firstReady === this.#ready.length) this.#forgetReady();
    return ready;
  }

  #forgetReady(): void {
    this.#ready = [];
    this.#firstReady = 0;
  }

  /** The node has to run. */
  queue(node: number): void {
    this.#expect(node, 'handed-out');
    this.#phases[node] = 'queued';
    this.#queue.add(node);
    this.#count(node, 1);
  }

  /** The best queued node that fits, with its slots; undefined if none fits now. */
  start(): Assignment | undefined {
    if (!this.#free.hasCpu && this.#cpuless === 0) return undefined;
    // Most nodes have the same needs. Once every kind in the queue was found not to fit, the search can stop.
    const unfit = new Set<string>();
    for (let at = 0; at < this.#queue.size && unfit.size < this.#kinds.size; at++) {
      const node = this.#queue.at(at);
      const kind = this.#kind(node);
      if (unfit.has(kind)) continue;
      const needs = this.#nodes[node]!.needs(node);
      if (!this.#free.fits(needs)) {
        unfit.add(kind);
        continue;
      }
      this.#queue.removeAt(at);
      this.#run(node);
      const devices = this.#free.take(node, needs);
      return { node, devices, riders: devices.length === 0 ? [] : this.#riders(node, kind, needs) };
    }
    return undefined;
  }

  /** Starts queued nodes on the devices of the one that has just started. */
  #riders(node: number, kind: string, needs: Needs): readonly number[] {
    const { party } = this.#nodes[node]!;
    if (party === undefined || this.#parties.isAlone(node)) return [];
    const mates: number[] = [];
    for (let at = 0; at < this.#queue.size; at++) {
      const each = this.#queue.at(at);
      if (this.#nodes[each]!.party === party && this.#kind(each) === kind && !this.#parties.isAlone(each))
        mates.push(each);
    }
    const riders = this.#parties.start(node, mates, needs);
    for (const rider of riders) {
      this.#queue.remove(rider);
      this.#run(rider);
    }
    return riders;
  }

  /** The node, which has left the queue, runs from here on. */
  #run(node: number): void {
    this.#count(node, -1);
    this.#phases[node] = 'running';
  }

  /** Puts a running node back into the queue for another attempt. */
  retry(node: number): void {
    this.#expect(node, 'running');
    this.#parties.release(node);
    this.#phases[node] = 'handed-out';
    this.queue(node);
  }

  /** The same, and from here on it starts with no other node. */
  retryAlone(node: number): void {
    this.#parties.goesAlone(node);
    this.retry(node);
  }

  /** Takes a node out of the queue again: it waits for something outside of this run. */
  unqueue(node: number): void {
    this.#expect(node, 'queued');
    this.#queue.remove(node);
    this.#count(node, -1);
    this.#phases[node] = 'handed-out';
  }

  done(node: number): void {
    this.#end(node, 'done');
    const reopened = this.#reopened.get(node);
    if (reopened !== undefined) {
      this.#reopened.delete(node);
      for (const consumer of reopened) this.#producerIsDone(consumer);
      return;
    }
    const { start, list } = this.#consumers;
    const end = start[node + 1]!;
    for (let at = start[node]!; at < end; at++) this.#producerIsDone(list[at]!);
  }

  #producerIsDone(consumer: number): void {
    this.#missing[consumer]! -= 1;
    if (this.#missing[consumer] === 0) this.#ready.push(consumer);
  }

  /**
   * An output of `producer`, which was done, turned out to be unreadable when `consumer` was about to run. The consumer
   * waits until the producer is done again. True if the caller has to make the producer again; false if it is already
   * being made.
   */
  reopen(producer: number, consumer: number): boolean {
    if (!this.canReopen(producer)) throw new Error(`internal error: node ${producer} can't be made again`);
    this.#parties.release(consumer);
    this.#phases[consumer] = 'waiting';
    this.#missing[consumer]! += 1;
    const waiting = this.#reopened.get(producer);
    if (waiting !== undefined) {
      waiting.push(consumer);
      return false;
    }
    this.#expect(producer, 'done');
    this.#phases[producer] = 'handed-out';
    this.#open += 1;
    this.#reopened.set(producer, [consumer]);
    return true;
  }

  /** False once the producer has failed or was skipped: a consumer would wait for it forever. */
  canReopen(producer: number): boolean {
    return this.#phases[producer] === 'done' || this.#reopened.has(producer);
  }

  /** A node that was started but did not run is ready again. */
  reconsider(node: number): void {
    this.#expect(node, 'running');
    this.#parties.release(node);
    this.#phases[node] = 'waiting';
    this.#ready.push(node);
  }

  /** Ends the node and everything below it; returns the nodes that cannot run now, in the graph's order. */
  fail(node: number): readonly number[] {
    this.#end(node, 'failed');
    const skipped: number[] = [];
    // A node that waits for this one to be made again may not be its consumer: a twin has producers of its own.
    const stack = [...this.#consumersOf(node), ...(this.#reopened.get(node) ?? [])];
    this.#reopened.delete(node);
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      if (this.#phases[next] !== 'waiting') continue;
      this.#phases[next] = 'skipped';
      this.#open -= 1;
      skipped.push(next);
      for (const consumer of this.#consumersOf(next)) stack.push(consumer);
    }
    return skipped.sort((a, b) => a - b);
  }

  /** Skips everything that has not started, and returns those nodes. Running nodes continue. */
  stop(): readonly number[] {
    const stopped: number[] = [];
    for (const [node, phase] of this.#phases.entries()) {
      if (phase !== 'waiting' && phase !== 'handed-out' && phase !== 'queued') continue;
      this.#phases[node] = 'skipped';
      this.#open -= 1;
      stopped.push(node);
    }
    this.#queue.clear();
    this.#kinds.clear();
    this.#cpuless = 0;
    this.#forgetReady();
    this.#reopened.clear();
    return stopped;
  }

  #consumersOf(node: number): Iterable<number> {
    const { start, list } = this.#consumers;
    return list.subarray(start[node], start[node + 1]);
  }

  #isBefore(a: number, b: number): boolean {
    const [first, second] = [this.#nodes[a]!, this.#nodes[b]!];
    const byRank = (first.rank ?? 0) - (second.rank ?? 0);
    const order = second.priority - first.priority || byRank || this.#path[b]! - this.#path[a]! || a - b;
    return order < 0;
  }

  #kind(node: number): string {
    let kind = this.#kindOf.get(node);
    if (kind === undefined) {
      kind = JSON.stringify(this.#nodes[node]!.needs(node));
      this.#kindOf.set(node, kind);
    }
    return kind;
  }

  #count(node: number, change: 1 | -1): void {
    const kind = this.#kind(node);
    if (this.#nodes[node]!.needs(node).cpus === 0) this.#cpuless += change;
    const count = (this.#kinds.get(kind) ?? 0) + change;
    if (count === 0) this.#kinds.delete(kind);
    else this.#kinds.set(kind, count);
    // Most nodes are never in the queue again.
    if (change < 0) this.#kindOf.delete(node);
  }

  #end(node: number, phase: 'done' | 'failed'): void {
    const before = this.#phases[node];
    if (before !== 'handed-out' && before !== 'running')
      throw new Error(`internal error: node ${node} ended as ${phase} while ${before}`);
    this.#parties.release(node);
    this.#phases[node] = phase;
    this.#open -= 1;
  }

  #expect(node: number, phase: Phase): void {
    if (this.#phases[node] !== phase)
      throw new Error(`internal error: node ${node} is ${this.#phases[node]}, not ${phase}`);
  }
}

/** Nodes are in topological order, so the last has nothing below it. */
function longestPaths(nodes: readonly ScheduledNode[], { start, list }: Consumers): Float64Array {
  const path = new Float64Array(nodes.length);
  for (let index = nodes.length - 1; index >= 0; index--) {
    let below = 0;
    for (let at = start[index]!; at < start[index + 1]!; at++) below = Math.max(below, path[list[at]!]!);
    path[index] = nodes[index]!.seconds + below;
  }
  return path;
}
