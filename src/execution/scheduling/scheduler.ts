/**
 * The scheduler: which nodes may start now, in which order, on which slots. Pure bookkeeping without clock, I/O or
 * promises, so that every rule can be tested in microseconds. Nodes are numbered as in the graph.
 *
 * `takeReady` returns a node once, when everything that it waits for is done. The execution then either finds its state
 * (`done`) or puts it into the queue (`queue`); `start` returns the best queued node that fits into the pools. Each
 * started node goes back into the queue (`retry`) or is ended with `done` or `fail`. Order: priority, then rank, then
 * the longest path of recorded seconds below, then the graph's order. With a node that takes a device, queued nodes of
 * its party start on that device (`Parties`), and for others of it a device may be kept for a while (`Arrivals`).
 */
import { type Consumers, consumersOf } from '../../core/graph/consumers.ts';
import { Arrivals, type Gathered, type WaitLimits } from './arrivals.ts';
import type { Assignment, HeldNode } from './assignment.ts';
import { type IdleSlots, NO_SLOTS } from './idle-work.ts';
import { longestPaths } from './longest-paths.ts';
import { kindOf, NodeQueue } from './node-queue.ts';
import { Parties } from './parties.ts';
import { FreePools, type Needs, type Pools } from './pools.ts';
import type { Phase, ScheduledNode } from './scheduled-node.ts';

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
  readonly #queue: NodeQueue;
  readonly #free: FreePools;
  readonly #parties: Parties;
  readonly #arrivals: Arrivals | undefined;
  #held: HeldNode | undefined;
  #ready: number[] = [];
  /** Where those begin that were not taken. */
  #firstReady = 0;
  #open = 0;

  /** @param waits how long nodes wait for others of their party; without it, none waits */
  constructor(nodes: readonly ScheduledNode[], pools: Pools, waits?: WaitLimits) {
    this.#nodes = nodes;
    this.#free = new FreePools(pools);
    this.#parties = new Parties(this.#free);
    this.#consumers = consumersOf(nodes.length, (node) => nodes[node]!.dependencies);
    this.#path = longestPaths(nodes, this.#consumers);
    this.#queue = new NodeQueue(
      (a, b) => this.#isBefore(a, b),
      (node) => nodes[node]!.needs(node),
    );
    this.#phases = nodes.map(({ initially }) => initially);
    this.#missing = new Int32Array(nodes.length);
    for (let index = 0; index < nodes.length; index++) {
      const { dependencies, initially } = nodes[index]!;
      if (initially !== 'waiting') continue;
      this.#open++;
      for (const dependency of dependencies) if (this.#phases[dependency] !== 'done') this.#missing[index]! += 1;
      if (this.#missing[index] === 0) this.#ready.push(index);
    }
    const takesDevice = (needs: Needs): boolean => this.#free.takesDevice(needs);
    this.#arrivals = waits && Arrivals.of(nodes, this.#consumers, waits, takesDevice, kindOf);
  }

  /** True when every node has ended. */
  get finished(): boolean {
    return this.#open === 0;
  }

  /** What the latest `start` has kept a device for, if it returned nothing. */
  get held(): HeldNode | undefined {
    return this.#held;
  }

  /** The node could start, and does not fit now or is held. */
  isQueued(node: number): boolean {
    return this.#phases[node] === 'queued';
  }

  /** What no node uses; nothing as long as a node is queued, whatever it waits for. */
  get idle(): IdleSlots {
    return this.#queue.size === 0 ? this.#free.idle : NO_SLOTS;
  }

  /** Nodes that became ready and were not taken yet, at most this many, in the order in which they became ready. */
  takeReady(most = Number.POSITIVE_INFINITY): readonly number[] {
    const ready: number[] = [];
    for (; ready.length < most && this.#firstReady < this.#ready.length; this.#firstReady++) {
      const node = this.#ready[this.#firstReady]!;
      if (this.#phases[node] !== 'waiting') continue;
      this.#move(node, 'handed-out');
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
    this.#queue.add(node);
    this.#move(node, 'queued');
  }

  /** The node, which was handed out, does not run here: its state is on its way. */
  isOnItsWay(node: number): void {
    this.#arrivals?.isOnItsWay(node);
  }

  /** The twin, which was handed out, is not made itself: it ends when `maker` does, which has the same key. */
  isTwinOf(maker: number, twin: number): void {
    this.#expect(twin, 'handed-out');
    this.#arrivals?.isTwinOf(maker, twin);
  }

  /** The best queued node that fits and is not held, with its slots; undefined if there is none now. */
  start(): Assignment | undefined {
    this.#held = undefined;
    if (!this.#free.hasCpu && !this.#queue.hasCpuless) return undefined;
    // Most nodes have the same needs. Once every kind in the queue was found not to fit, the search can stop.
    const unfit = new Set<string>();
    let held: Held | undefined;
    let sawLonger = false;
    for (let at = 0; at < this.#queue.size && unfit.size < this.#queue.kinds; at++) {
      const node = this.#queue.at(at);
      const kind = this.#queue.kind(node);
      if (unfit.has(kind) || held?.gathered.mates.has(node) === true) continue;
      const needs = this.#nodes[node]!.needs(node);
      const candidate = { at, node, kind, needs };
      if (this.#free.fits(needs, held?.needs)) {
        const gathered = held === undefined ? this.#arrivals?.waitingWith(node, this.#parties.room(needs)) : undefined;
        if (gathered === undefined) return this.#assign(candidate);
        held = { ...candidate, gathered };
        if (gathered.mates.size === this.#queue.countOf(kind)) unfit.add(kind);
      } else if (held !== undefined && this.#free.takesDevice(needs) && this.#free.fits(needs)) {
        // Instead of the held one: a device is never idle while another node could have it.
        if (!this.#isKnownToBeLonger(node, held.node)) return this.#assign(candidate);
        // One with the same needs may be shorter.
        sawLonger = true;
      } else unfit.add(kind);
    }
    if (held === undefined) return undefined;
    return sawLonger ? this.#assign(held) : this.#holdOrStart(held);
  }

  /**
   * Whether it would keep the device for longer than the held one would. Nobody knows that of a stage that never ran,
   * or of a node whose state was expected to be there.
   */
  #isKnownToBeLonger(node: number, held: number): boolean {
    const [own, other] = [this.#nodes[node]!.seconds, this.#nodes[held]!.seconds];
    return own !== undefined && other !== undefined && other > 0 && own > other;
  }

  /** Nothing else can start now. What the held one waits for may not go on either: then it waits in vain. */
  #holdOrStart(held: Held): Assignment | undefined {
    const { node, gathered } = held;
    if (!gathered.isUnderWay) return this.#assign(held);
    const { mates, more, until } = gathered;
    this.#held = { node, mates, more, until };
    return undefined;
  }

  #assign({ at, node, kind, needs }: Candidate): Assignment {
    this.#queue.removeAt(at);
    this.#move(node, 'running');
    const devices = this.#free.take(node, needs);
    return { node, devices, riders: devices.length === 0 ? [] : this.#riders(node, kind, needs) };
  }

  /** Starts queued nodes on the devices of the one that has just started. */
  #riders(node: number, kind: string, needs: Needs): readonly number[] {
    const { party } = this.#nodes[node]!;
    if (party === undefined || this.#parties.isAlone(node)) return [];
    const mates: number[] = [];
    for (let at = 0; at < this.#queue.size; at++) {
      const each = this.#queue.at(at);
      if (this.#nodes[each]!.party === party && this.#queue.kind(each) === kind && !this.#parties.isAlone(each))
        mates.push(each);
    }
    const riders = this.#parties.start(node, mates, needs);
    for (const rider of riders) {
      this.#queue.remove(rider);
      this.#move(rider, 'running');
    }
    return riders;
  }

  /** Puts a running node back into the queue for another attempt. */
  retry(node: number): void {
    this.#expect(node, 'running');
    this.#parties.release(node);
    this.#move(node, 'handed-out');
    this.queue(node);
  }

  /** The same, and from here on it starts with no other node. */
  retryAlone(node: number): void {
    this.#parties.goesAlone(node);
    this.#arrivals?.goesAlone(node);
    this.retry(node);
  }

  /** Takes a node out of the queue again: it waits for something outside of this run. */
  unqueue(node: number): void {
    this.#expect(node, 'queued');
    this.#queue.remove(node);
    this.#move(node, 'handed-out');
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
    for (let at = start[node]!; at < start[node + 1]!; at++) {
      this.#arrivals?.follows(list[at]!, node);
      this.#producerIsDone(list[at]!);
    }
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
    this.#move(consumer, 'waiting');
    this.#missing[consumer]! += 1;
    const waiting = this.#reopened.get(producer);
    if (waiting !== undefined) {
      waiting.push(consumer);
      return false;
    }
    this.#expect(producer, 'done');
    this.#move(producer, 'handed-out');
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
    this.#move(node, 'waiting');
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
      this.#move(next, 'skipped');
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
      this.#move(node, 'skipped');
      this.#open -= 1;
      stopped.push(node);
    }
    this.#queue.clear();
    this.#held = undefined;
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
    return (second.priority - first.priority || byRank || this.#path[b]! - this.#path[a]! || a - b) < 0;
  }

  #move(node: number, phase: Phase): void {
    const before = this.#phases[node]!;
    this.#phases[node] = phase;
    this.#arrivals?.moved(node, before, phase);
  }

  #end(node: number, phase: 'done' | 'failed'): void {
    const before = this.#phases[node];
    if (before !== 'handed-out' && before !== 'running')
      throw new Error(`internal error: node ${node} ended as ${phase} while ${before}`);
    this.#parties.release(node);
    this.#move(node, phase);
    this.#open -= 1;
  }

  #expect(node: number, phase: Phase): void {
    if (this.#phases[node] !== phase)
      throw new Error(`internal error: node ${node} is ${this.#phases[node]}, not ${phase}`);
  }
}

/** A queued node that fits. */
interface Candidate {
  /** Its position in the queue. */
  readonly at: number;
  readonly node: number;
  readonly kind: string;
  readonly needs: Needs;
}

/** One that waits, if nothing else can start. */
interface Held extends Candidate {
  readonly gathered: Gathered;
}
