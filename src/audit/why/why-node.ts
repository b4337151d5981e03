/** `restage why run:3/<node>`: why a node ran, or was a hit. */
import type { VisitOutcome } from '../../events.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { VisitRecord } from '../../store/query/visits.ts';
import type { CacheKey } from '../../core/identity/digest.ts';
import { type Acceptance, acceptancesIn, acceptancesOf } from '../view/acceptances.ts';
import { type Cause, wayOf } from './causes.ts';
import { compareSides, type Unmade } from './compare-sides.ts';
import { runSide } from './run-side.ts';
import type { Side } from './side.ts';

export interface WhyNode {
  readonly kind: 'why-node';
  readonly node: string;
  /** The run that is asked about; null for what would happen now. */
  readonly run: number | null;
  readonly outcome: VisitOutcome | 'run' | 'pending';
  /** As the run recorded it, or the plan gives it. */
  readonly reason: string | null;
  /** Its state, and what made it; null if it has none. */
  readonly state: {
    readonly key: CacheKey;
    readonly madeBy: number;
    readonly at: number;
    readonly seconds: number;
  } | null;
  /**
   * What a person accepted: its key means the state of another one, and in what it differs. Null if the state is its
   * own.
   */
  readonly accepted: Acceptance | null;
  /** The run before, the latest with a state of it or, if none has one, the latest; null if there is none. */
  readonly before: number | null;
  /** What became of it in that run, if it failed or was skipped there: what differs since is then not on record. */
  readonly unmade: Pick<Unmade, 'outcome' | 'reason'> | null;
  /** The root causes that reach it, each with the nodes on the way from the change to it. */
  readonly causes: readonly (Cause & { readonly reaches: readonly string[] })[];
}

/** About a visit on record. */
export function whyVisited(cache: Cache, run: RunRecord, visit: VisitRecord): WhyNode {
  const before = earlierRun(cache, run, visit.node);
  const { node, outcome, reason } = visit;
  const unmade = before === undefined ? null : unmadeIn(cache, before, node);
  const about = { kind: 'why-node', node, run: run.id, outcome, reason, before: before?.id ?? null, unmade } as const;
  const causes = before === undefined ? [] : reaching(cache, before, runSide(cache.query, run), node);
  const used = acceptancesIn(cache.query, run.id).find(({ nodes }) => nodes.includes(node));
  const accepted = used === undefined || visit.state === null ? null : acceptanceOf(cache, visit.state.id, used.id);
  return { ...about, state: stateOf(cache, visit), accepted, causes };
}

/** The latest run before this one in which the node had a state, or else the latest one before. */
function earlierRun({ query }: Cache, { id, pipeline, source }: RunRecord, node: string): RunRecord | undefined {
  const scope = { name: pipeline, source };
  const visit = query.visits.latest(node, { pipeline: scope, having: 'state', before: id });
  return visit === undefined ? query.runs.before(id, scope) : query.runs.get(visit.run);
}

/** What became of a node without a state in this run; null if it has one there, or did not belong to it. */
export function unmadeIn({ query }: Cache, { id: run }: RunRecord, node: string): WhyNode['unmade'] {
  const { outcome, reason } = query.visits.latest(node, { run }) ?? {};
  return outcome === 'failed' || outcome === 'skipped' ? { outcome, reason: reason ?? null } : null;
}

export function acceptanceOf({ query }: Cache, state: number, equivalence: number): Acceptance | null {
  return acceptancesOf(query, [state]).find(({ id }) => id === equivalence) ?? null;
}

/** The root causes between a run and what came after it that reach this node. */
export function reaching(cache: Cache, before: RunRecord, after: Side, node: string): WhyNode['causes'] {
  const { comparison, flow } = compareSides(cache, runSide(cache.query, before), after);
  return comparison.causes.flatMap((cause) => {
    const reaches = wayOf(cause, flow, node);
    return reaches === undefined ? [] : [{ ...cause, reaches }];
  });
}

function stateOf(cache: Cache, { state }: VisitRecord): WhyNode['state'] {
  return state === null ? null : madeBy(cache, state.id);
}

export function madeBy({ query }: Cache, id: number): WhyNode['state'] {
  const { key, seconds, attempt } = query.states.get(id)!;
  const { run, startedAt } = query.attempts.get(attempt)!;
  return { key, madeBy: run, at: startedAt, seconds };
}
