/**
 * What the view knows about attempts that execute on other hosts: where each is, and how many wait and for what. Ten thousand
 * may wait, so they are counted as they come and go.
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
  #running = 0;

  of(node: string): ElsewhereNode | undefined {
    return this.#nodes.get(node);
  }

  observed({ node, at, state, note, why }: NodeObserved): void {
    this.isUsed = true;
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

  #count({ state, why, hasStarted }: ElsewhereNode, by: 1 | -1): void {
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
