/**
 * Arrivals: nodes of a party that are still to come, and how long those that could start wait for them. Only those
 * count as to come that wait for no device. No node waits longer than its own preparation took in this run. Each move
 * of a node is counted, so that no question looks at all nodes.
 */
import type { Consumers } from '../../core/graph/consumers.ts';
import { type ArrivalGraph, arrivalGraph, NO_GROUP, united } from './arrival-graph.ts';
import type { Needs } from './pools.ts';
import type { Phase, ScheduledNode } from './scheduled-node.ts';

/** What decides how long nodes may wait. Times are milliseconds since 1970. */
export interface WaitLimits {
  readonly now: () => number;
  /** When the node has to begin so that it ends within a limit of the run; infinite without one. */
  readonly latestStart: (node: number) => number;
  /** How many nodes of its stage a limit of the run leaves room for; infinite without one. */
  readonly roomFor: (node: number) => number;
}

/** Nodes that could start, and wait for others. */
export interface Gathered {
  readonly mates: { readonly size: number; readonly has: (node: number) => boolean };
  /** For how many others they wait. */
  readonly more: number;
  /** Until when, at most. */
  readonly until: number;
  /** Whether something is being made that those others wait for. */
  readonly isUnderWay: boolean;
}

/** A node's wait: since when it could start, and until when it waits at most. */
interface Wait {
  readonly from: number;
  readonly until: number;
}

/** Nodes that may start together. */
interface Group {
  /** Those in the queue. */
  readonly queued: Map<number, Wait>;
  /** How many are to come. */
  coming: number;
  /** How many nodes are being made that those wait for, or others of the group that wait for a device as well. */
  underWay: number;
}

const NOT_YET = 0;
const COMES = 1;
const CAME = 2;

export class Arrivals {
  readonly #nodes: readonly ScheduledNode[];
  readonly #limits: WaitLimits;
  readonly #graph: ArrivalGraph;
  readonly #groups: readonly Group[];
  /** By node: how many of its dependencies that are not done take a device, or wait for one. */
  readonly #behind: Int32Array;
  /** By node: `NOT_YET`, `COMES` while it counts as to come, and `CAME` once it does not wait any more. */
  readonly #arrival: Uint8Array;
  /** By node: when it or the first of what it depends on began in this run; infinite if none did. */
  readonly #begun: Float64Array;
  /** By node: 1 while it counts as one that is being made. */
  readonly #makes: Uint8Array;
  /** By twin: the node with the same key that is made for both. */
  readonly #makers = new Map<number, number>();
  /** Of each node that could start once. */
  readonly #waits = new Map<number, Wait>();
  readonly #consumers: Consumers;

  private constructor(nodes: readonly ScheduledNode[], consumers: Consumers, graph: ArrivalGraph, limits: WaitLimits) {
    this.#nodes = nodes;
    this.#limits = limits;
    this.#graph = graph;
    this.#consumers = consumers;
    this.#behind = graph.behind.slice();
    this.#arrival = new Uint8Array(nodes.length);
    this.#begun = new Float64Array(nodes.length).fill(Number.POSITIVE_INFINITY);
    this.#makes = new Uint8Array(nodes.length);
    this.#groups = Array.from({ length: graph.groups }, () => ({ queued: new Map(), coming: 0, underWay: 0 }));
    for (let node = 0; node < nodes.length; node++) if (this.#behind[node] === 0) this.#expect(node);
  }

  /** Undefined where no nodes go together, so that nothing is counted there. */
  static of(
    nodes: readonly ScheduledNode[],
    consumers: Consumers,
    limits: WaitLimits,
    takesDevice: (needs: Needs) => boolean,
    kindOf: (needs: Needs) => string,
  ): Arrivals | undefined {
    if (!nodes.some(({ party }) => party !== undefined)) return undefined;
    const graph = arrivalGraph(nodes, consumers, takesDevice, kindOf);
    return graph.groups === 0 ? undefined : new Arrivals(nodes, consumers, graph, limits);
  }

  /**
   * Those that wait together with a node that could start; undefined if it starts.
   * @param room how many of them could start together now
   */
  waitingWith(node: number, room: number): Gathered | undefined {
    const group = this.#groupOf(node);
    const own = group?.queued.get(node);
    if (group === undefined || own === undefined || group.coming === 0) return undefined;
    const places = Math.min(room, this.#limits.roomFor(node)) - group.queued.size;
    if (places <= 0) return undefined;
    const now = this.#limits.now();
    let until = Number.POSITIVE_INFINITY;
    for (const wait of group.queued.values()) {
      // The clock of a machine may be set back.
      if (now < wait.from || now >= wait.until) return undefined;
      until = Math.min(until, wait.until);
    }
    return { mates: group.queued, more: Math.min(places, group.coming), until, isUnderWay: group.underWay > 0 };
  }

  /** The node's state is on its way from elsewhere: that is preparation as well. */
  isOnItsWay(node: number): void {
    this.#isMade(node, 1);
    this.#begin(node, this.#limits.now());
  }

  /** The twin is made when its maker is, and may be above other groups than that. */
  isTwinOf(maker: number, twin: number): void {
    this.#isMade(twin, 0);
    this.#makers.set(twin, maker);
    const { feeds } = this.#graph;
    const makes = this.#makes[maker]!;
    this.#isMade(maker, 0);
    feeds[maker] = united(feeds[maker]!, feeds[twin]!, new Map());
    this.#isMade(maker, makes);
  }

  /** From here on, no other node waits for this one, and it waits for none. */
  goesAlone(node: number): void {
    this.#graph.groupOf[node] = NO_GROUP;
  }

  moved(node: number, from: Phase, to: Phase): void {
    if (to !== 'waiting') this.#forget(node);
    this.#isNoTwin(node);
    this.#isMade(node, isMaking(to) ? 1 : 0);
    // Out of the queue without a start: another process makes it.
    if (to === 'running' || (from === 'queued' && to === 'handed-out')) this.#begin(node, this.#limits.now());
    const group = this.#groupOf(node);
    if (to === 'queued') group?.queued.set(node, this.#waitOf(node));
    else if (from === 'queued') group?.queued.delete(node);
  }

  /** The consumer no longer waits for this producer. */
  follows(consumer: number, producer: number): void {
    this.#begin(consumer, this.#begun[producer]!);
    if (this.#graph.onDevice[producer] === 1) this.#isLessBehind(consumer);
  }

  #begin(node: number, at: number): void {
    this.#begun[node] = Math.min(this.#begun[node]!, at);
  }

  /** @param makes 1 from here on, or 0 if it is not being made any more */
  #isMade(node: number, makes: number): void {
    const change = makes - this.#makes[node]!;
    if (change === 0) return;
    this.#makes[node] = makes;
    for (const group of this.#graph.feeds[node]!) this.#groups[group]!.underWay += change;
  }

  /** It ends with its maker, or is about to be made itself: what its maker took was its preparation. */
  #isNoTwin(node: number): void {
    const maker = this.#makers.get(node);
    if (maker === undefined) return;
    this.#makers.delete(node);
    this.#begin(node, this.#begun[maker]!);
  }

  #isLessBehind(first: number): void {
    const { start, list } = this.#consumers;
    const { onDevice } = this.#graph;
    const nodes = [first];
    for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
      this.#behind[node]! -= 1;
      if (this.#behind[node] !== 0) continue;
      this.#expect(node);
      // One that takes a device is in the way of its consumers until it is done.
      if (onDevice[node] === 0) for (let at = start[node]!; at < start[node + 1]!; at++) nodes.push(list[at]!);
    }
  }

  /** It is waited for from here on, unless its state is probably there. */
  #expect(node: number): void {
    const group = this.#groupOf(node);
    const { initially, seconds } = this.#nodes[node]!;
    if (group === undefined || initially !== 'waiting' || seconds === 0) return;
    // What is above one that was skipped may still be done.
    if (this.#arrival[node] !== NOT_YET) return;
    this.#arrival[node] = COMES;
    group.coming += 1;
  }

  #forget(node: number): void {
    if (this.#arrival[node] === COMES) this.#groupOf(node)!.coming -= 1;
    this.#arrival[node] = CAME;
  }

  #groupOf(node: number): Group | undefined {
    const group = this.#graph.groupOf[node]!;
    return group === NO_GROUP ? undefined : this.#groups[group];
  }

  /** As it was when the node could start first: nobody waits twice. */
  #waitOf(node: number): Wait {
    let wait = this.#waits.get(node);
    if (wait === undefined) {
      const from = this.#limits.now();
      const preparation = Math.max(0, from - this.#begun[node]!);
      // Half of what a limit leaves: a wait must not be what exceeds it.
      const leaves = Math.max(0, this.#limits.latestStart(node) - from) / 2;
      wait = { from, until: from + Math.min(preparation, leaves) };
      this.#waits.set(node, wait);
    }
    return wait;
  }
}

function isMaking(phase: Phase): boolean {
  return phase === 'running' || phase === 'handed-out';
}
