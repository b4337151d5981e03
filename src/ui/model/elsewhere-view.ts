/**
 * What the view knows about attempts that execute on other hosts: where each is, and how many wait and for what. Ten
 * thousand may wait, so they are counted as they come and go.
 */
import type { NodeObserved } from '../../events.ts';

export interface ElsewhereNode {
  readonly state: NodeObserved['state'];
  readonly note: string | null;
  readonly why: string | null;
  /** When it came into this state, as far as was heard. */
  readonly since: number;
  /** Whether its attempt has begun. */
  readonly hasStarted: boolean;
}

/** The most frequent first. */
type Reasons = readonly (readonly [why: string, nodes: number])[];

export interface ElsewhereSummary {
  readonly running: number;
  readonly queued: number;
  readonly unknown: number;
  readonly queuedFor: Reasons;
  readonly unknownFor: Reasons;
}

/** Of a job that executes several nodes, one after another. */
const IN_TURN = 'in jobs that run';
const UNSAID = 'no reason given';

export class ElsewhereView {
  /** Whether any attempt was ever seen elsewhere. */
  isUsed = false;
  readonly #nodes = new Map<string, ElsewhereNode>();
  readonly #queued = new Map<string, number>();
  readonly #unknown = new Map<string, number>();
  /** By what is said of where it runs, such as a job and its host: how many nodes are there, one after another. */
  readonly #places = new Map<string, number>();
  /** Stages of which some node was seen elsewhere. */
  readonly #stages = new Set<string>();
  #running = 0;
  #mostAtOnce = 0;

  of(node: string): ElsewhereNode | undefined {
    return this.#nodes.get(node);
  }

  /** How many nodes were seen to run at the same time, at most; a job executes its nodes one after another. */
  get mostAtOnce(): number {
    return this.#mostAtOnce;
  }

  hasStage(stage: string): boolean {
    return this.#stages.has(stage);
  }

  observed({ node, stage, at, state, note, why }: NodeObserved): void {
    this.isUsed = true;
    this.#stages.add(stage);
    const before = this.#nodes.get(node);
    const since = before?.state === state ? before.since : at;
    this.#replace(node, { state, note, why, since, hasStarted: before?.hasStarted ?? false });
  }

  started(node: string): void {
    const before = this.#nodes.get(node);
    if (before !== undefined && !before.hasStarted) this.#replace(node, { ...before, hasStarted: true });
  }

  /** Its attempt has ended, or another one is to come. */
  left(node: string): void {
    this.#replace(node, undefined);
  }

  /** Whether nobody knows of some of them. */
  get hasUnknown(): boolean {
    return this.#unknown.size > 0;
  }

  isUnknownFor(why: string | null): boolean {
    return this.#unknown.has(why ?? UNSAID);
  }

  summary(): ElsewhereSummary {
    const [queuedFor, unknownFor] = [sorted(this.#queued), sorted(this.#unknown)];
    const sum = (reasons: Reasons): number => reasons.reduce((total, [, nodes]) => total + nodes, 0);
    return { running: this.#running, queued: sum(queuedFor), unknown: sum(unknownFor), queuedFor, unknownFor };
  }

  #replace(node: string, after: ElsewhereNode | undefined): void {
    const before = this.#nodes.get(node);
    if (before !== undefined) this.#count(before, -1);
    if (after === undefined) this.#nodes.delete(node);
    else {
      this.#nodes.set(node, after);
      this.#count(after, 1);
    }
  }

  #count({ state, note, why, hasStarted }: ElsewhereNode, by: 1 | -1): void {
    if (state === 'running') add(this.#places, note ?? UNSAID, by);
    this.#mostAtOnce = Math.max(this.#mostAtOnce, this.#places.size);
    if (state === 'unknown') add(this.#unknown, why ?? UNSAID, by);
    else if (hasStarted) this.#running += by;
    else add(this.#queued, state === 'running' ? IN_TURN : (why ?? UNSAID), by);
  }
}

function add(counts: Map<string, number>, why: string, by: number): void {
  const count = (counts.get(why) ?? 0) + by;
  if (count === 0) counts.delete(why);
  else counts.set(why, count);
}

function sorted(counts: ReadonlyMap<string, number>): Reasons {
  return [...counts].sort(([, a], [, b]) => b - a);
}
