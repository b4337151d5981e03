/**
 * The nodes that are being made, and by whom: by this run, for one node or for several with the same key (twins), or by
 * another process, whose lease this run waits for. Every lease that a run takes is released through this file, or by
 * the record together with the state. It decides nothing and records nothing.
 */
import type { CacheKey } from '../../core/identity/digest.ts';
import type { Task } from '../../executors/contract.ts';
import type { Leases } from '../../store/coordination/leases.ts';
import type { StateInput } from '../../store/record/facts.ts';
import type { MakeDecision } from './decide.ts';

/** A node that is to be made, with its latest attempt. */
export interface InFlightNode extends Omit<MakeDecision, 'do'> {
  readonly node: number;
  /** Whether this run holds the lease on its key, or is known to wait for it. */
  claimed: boolean;
  /** False if no state of this key was on record once this run held the lease. */
  mayBeOnRecord: boolean;
  /** Number of the latest attempt at the node in this run, and how many were made for this key. */
  attempt: number;
  tries: number;
  task: Task | null;
  /** The inputs of the task, as they are recorded. */
  inputs: readonly StateInput[];
}

export interface Claimed {
  /** This run makes them. */
  readonly ours: readonly InFlightNode[];
  /** Another process makes them. */
  readonly foreign: readonly InFlightNode[];
}

/** More would hold up the run for longer than one transaction of this many. */
const CLAIMED_AT_ONCE = 1000;

export class InFlight {
  readonly #leases: Leases;
  readonly #byNode = new Map<number, InFlightNode>();
  readonly #byTask = new Map<string, InFlightNode>();
  /** Tasks of which another system has said that it has them. */
  readonly #elsewhere = new Set<string>();
  /** By key, the node that makes it, and those that wait for that one. */
  readonly #twins = new Map<CacheKey, { readonly maker: number; readonly twins: number[] }>();
  /** Nodes whose turn may come and whose leases nobody has asked for yet. */
  readonly #unclaimed = new Set<InFlightNode>();
  readonly #foreign = new Map<number, InFlightNode>();
  readonly #attempts = new Map<number, number>();

  constructor(leases: Leases) {
    this.#leases = leases;
  }

  begin(node: number, { key, fields, reason, anew }: MakeDecision): InFlightNode {
    const entry: InFlightNode = {
      ...{ node, key, fields, reason, anew, claimed: false, mayBeOnRecord: true },
      ...{ attempt: 0, tries: 0, task: null, inputs: [] },
    };
    this.#byNode.set(node, entry);
    return entry;
  }

  /**
   * The node that is in flight with this key already: the entry is its twin, and waits for it. Undefined if there is
   * none; then the entry is to be claimed.
   */
  enlist(entry: InFlightNode): number | undefined {
    const known = this.#twins.get(entry.key);
    if (known !== undefined) {
      known.twins.push(entry.node);
      return known.maker;
    }
    this.#twins.set(entry.key, { maker: entry.node, twins: [] });
    this.#unclaimed.add(entry);
    return undefined;
  }

  /**
   * Takes the leases that are free, of many nodes that are to be claimed: one transaction for many takes little more
   * time than one for one of them.
   * @param first one of them, whose turn has come
   */
  claim(first?: InFlightNode): Claimed {
    const entries = this.#nextUnclaimed(first);
    for (const entry of entries) {
      this.#unclaimed.delete(entry);
      entry.claimed = true;
    }
    const isOurs = this.#leases.acquire(entries.map(({ key }) => key));
    const foreign = entries.filter((_, i) => !isOurs[i]!);
    for (const entry of foreign) this.#foreign.set(entry.node, entry);
    return { ours: entries.filter((_, i) => isOurs[i]!), foreign };
  }

  #nextUnclaimed(first: InFlightNode | undefined): readonly InFlightNode[] {
    const entries = first === undefined ? [] : [first];
    for (const entry of this.#unclaimed) {
      if (entries.length === CLAIMED_AT_ONCE) break;
      if (entry !== first) entries.push(entry);
    }
    return entries;
  }

  get hasUnclaimed(): boolean {
    return this.#unclaimed.size > 0;
  }

  at(node: number): InFlightNode | undefined {
    return this.#byNode.get(node);
  }

  ofTask(task: string): InFlightNode | undefined {
    return this.#byTask.get(task);
  }

  /** The nodes whose tasks have been submitted to executors. */
  get submittedEntries(): readonly { readonly node: number; readonly task: Task }[] {
    return [...this.#byTask.values()].map(({ node, task }) => ({ node, task: task! }));
  }

  /** The task has been taken by a system that goes on without this process. */
  goesOnElsewhere(task: string): void {
    if (this.#byTask.has(task)) this.#elsewhere.add(task);
  }

  /** Whether something was submitted, and all of it goes on without this process. */
  get isAllElsewhere(): boolean {
    return this.#byTask.size > 0 && this.#elsewhere.size === this.#byTask.size;
  }

  get all(): readonly InFlightNode[] {
    return [...this.#byNode.values()];
  }

  /** The nodes whose states another process makes. */
  get foreign(): readonly InFlightNode[] {
    return [...this.#foreign.values()];
  }

  /** Takes the leases that other processes have released, and returns their nodes: this run makes them now. */
  takeOver(): readonly InFlightNode[] {
    if (this.#foreign.size === 0) return [];
    const waiting = this.foreign;
    const isOurs = this.#leases.acquireReleased(waiting.map(({ key }) => key));
    const taken = waiting.filter((_, i) => isOurs[i]!);
    for (const { node } of taken) this.#foreign.delete(node);
    return taken;
  }

  /** Counts a new attempt at the entry's node. The count continues when the node is made again after a loss. */
  countAttempt(entry: InFlightNode): void {
    entry.attempt = (this.#attempts.get(entry.node) ?? 0) + 1;
    entry.tries += 1;
    this.#attempts.set(entry.node, entry.attempt);
  }

  submitted(entry: InFlightNode, task: Task): void {
    entry.task = task;
    this.#byTask.set(task.id, entry);
  }

  /** The task has had its last event. */
  taskEnded(task: string): void {
    this.#byTask.delete(task);
    this.#elsewhere.delete(task);
  }

  /** The state exists and its maker has released the lease. Returns the twins that waited for it. */
  settle(entry: InFlightNode): readonly number[] {
    this.#remove(entry);
    this.#foreign.delete(entry.node);
    const twins = this.#twins.get(entry.key)?.twins ?? [];
    this.#twins.delete(entry.key);
    for (const twin of twins) this.#byNode.delete(twin);
    return twins;
  }

  /** The node will not be made under this key. Returns the twins that waited for it. */
  giveUp(entry: InFlightNode): readonly number[] {
    // At once, not with the next group of records: the key may be claimed again before that.
    if (entry.claimed && !this.#foreign.has(entry.node)) this.#leases.release(entry.key);
    return this.settle(entry);
  }

  /** As `giveUp`, for all whose tasks have been submitted. */
  giveUpSubmitted(): readonly { readonly node: number; readonly twins: readonly number[] }[] {
    const entries = [...this.#byTask.values()];
    this.#leases.releaseEach(entries.map(({ key }) => key));
    return entries.map((entry) => ({ node: entry.node, twins: this.settle(entry) }));
  }

  /** As `giveUp`, for one node of several: a twin only stops waiting, and the node that it waited for continues. */
  withdraw(entry: InFlightNode): void {
    const twins = this.#twins.get(entry.key)?.twins;
    const at = twins?.indexOf(entry.node) ?? -1;
    if (at < 0) {
      this.giveUp(entry);
      return;
    }
    twins!.splice(at, 1);
    this.#remove(entry);
  }

  #remove(entry: InFlightNode): void {
    const { node, task } = entry;
    this.#byNode.delete(node);
    this.#unclaimed.delete(entry);
    if (task !== null) this.taskEnded(task.id);
  }
}
