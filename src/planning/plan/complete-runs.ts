/** The latest complete runs of a pipeline: which one a new plan is best made from, and how another one is remembered. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Digest, PlanKey } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';
import { environmentDigest } from '../../identity/environment/environment-reads.ts';
import { textsOf } from '../definition/graph-memo.ts';
import { memoKey } from '../definition/memo-key.ts';
import type { ResolvedRequest } from '../request/resolve-request.ts';
import type { CompleteRun } from './earlier-plan.ts';
import type { KnownState } from './plan.ts';
import { decodePlan, encodePlan, planKeyAt, type PlanMemo, stateKeyAt } from './plan-memo.ts';
import type { PreparedRun } from './prepared-run.ts';
import { lostStates, PLAN_MEMO, planMemoKey } from './remembered-plan.ts';

/** A complete run, and where it is remembered. */
export interface RememberedRun extends CompleteRun {
  readonly key: Digest;
  readonly madeAt: number;
}

/** One of the latest complete runs of a pipeline. */
interface Recent {
  readonly key: Digest;
  readonly params: CanonicalValue;
}

const KEPT_RECENT = 6;

/** Of the latest complete runs, the one with the nearest parameters; undefined if none is remembered. */
export function nearestRun(cache: Cache, request: ResolvedRequest, params: CanonicalValue): RememberedRun | undefined {
  const nearest = recentRuns(cache, request)
    .map((recent) => ({ ...recent, distance: distance(params, recent.params) }))
    .sort((a, b) => a.distance - b.distance);
  for (const { key } of nearest) {
    const stored = cache.memos.find(key);
    if (stored === undefined) continue;
    const memo = decodePlan(stored.value);
    const texts = textsOf(cache, memo.texts);
    if (texts !== undefined) return { ...completeRun(cache, memo, texts), key, madeAt: stored.madeAt };
  }
  return undefined;
}

function completeRun(cache: Cache, memo: PlanMemo, texts: readonly string[]): CompleteRun {
  const lost = lostStates(cache, memo);
  return {
    ids: memo.ids,
    stageText: (node) => memo.stages[memo.stageOf[node]!]![1],
    nodeTexts: texts,
    files: new Map(memo.externals),
    planKey: (node) => planKeyAt(memo, node),
    nameId: (node) => memo.nameIds[node]!,
    state: (node) => {
      const id = memo.stateIds[node]!;
      if (lost.has(id)) return undefined;
      return { id, key: stateKeyAt(memo, node), seconds: memo.seconds[node]!, whole: true };
    },
  };
}

/** Remembers the states of a run in which every node came to one. They are on record by now. */
export function rememberPlan(cache: Cache, request: ResolvedRequest, prepared: PreparedRun): void {
  const key = planMemoKey(request);
  const { definition, conditions, stageText } = prepared;
  const { graph, files, textsKey } = definition;
  if (key === undefined || files === undefined || textsKey === undefined) return;
  const states = statesOf(cache, prepared);
  // Another process may have found meanwhile that a state below was made of bytes that are lost.
  if (states === undefined) return;
  const stages = [...new Set(graph.nodes.map((node) => node.stage))];
  const position = new Map(stages.map((stage, index) => [stage, index]));
  const memo: PlanMemo = {
    pipeline: graph.pipeline,
    params: graph.params,
    results: graph.results,
    files,
    externals: [...prepared.fileDigests],
    env: [
      ...definition.env,
      ...Object.keys(conditions.env).map((name) => [name, environmentDigest(name, conditions.env)] as const),
    ],
    backend: conditions.backend,
    stages: stages.map((stage) => [stage, stageText(stage)]),
    texts: textsKey,
    ids: graph.nodes.map((node) => node.id),
    stageOf: Uint32Array.from(graph.nodes, (node) => position.get(node.stage)!),
    nameIds: Float64Array.from(nameIdsOf(cache, prepared)),
    stateIds: Float64Array.from(states, ({ id }) => id),
    seconds: Float64Array.from(states, ({ seconds }) => seconds),
    keys: states.map((state, index) => planKeyOf(prepared, index) + state.key).join(''),
  };
  cache.memos.set(key, PLAN_MEMO, encodePlan(memo));
  const others = recentRuns(cache, request).filter((recent) => recent.key !== key);
  const recent: readonly Recent[] = [{ key, params: graph.params }, ...others].slice(0, KEPT_RECENT);
  cache.memos.set(recentKey(request), 'complete-runs', Buffer.from(JSON.stringify(recent)));
}

/**
 * The states that the nodes have come to. Hits of the plan need no second look-up as long as the run that they were taken
 * from is still remembered: it would have been forgotten with the first plan key that got another state.
 */
function statesOf(cache: Cache, prepared: PreparedRun): readonly Omit<KnownState, 'whole'>[] | undefined {
  const { steps, base } = prepared;
  const isCurrent = base !== undefined && cache.memos.madeAt(base.key) === base.madeAt;
  const states = steps.map((step) =>
    isCurrent && step.status === 'hit' && step.planned && step.state.whole ? step.state : undefined,
  );
  const open = [...states.keys()].filter((index) => states[index] === undefined);
  const found = cache.query.states.byPlanKeys(open.map((index) => planKeyOf(prepared, index)));
  for (const [at, index] of open.entries()) states[index] = known(found[at]);
  return states.every((state) => state !== undefined) ? states : undefined;
}

function known(row: { readonly id: number; readonly key: KnownState['key']; readonly seconds: number } | undefined) {
  return row === undefined ? undefined : { ...row, whole: true };
}

function planKeyOf({ steps }: PreparedRun, index: number): PlanKey {
  const step = steps[index]!;
  if (step.status === 'excluded') throw new Error('internal error: a run of everything left a node out');
  return step.planKey;
}

function nameIdsOf(cache: Cache, { nodes }: PreparedRun): readonly number[] {
  const unknown = nodes.filter(({ nameId }) => nameId === undefined).map(({ id }) => id);
  const interned = unknown.length === 0 ? [] : cache.record.visits.nodeIds(unknown);
  let next = 0;
  return nodes.map(({ nameId }) => nameId ?? interned[next++]!);
}

function recentRuns(cache: Cache, request: ResolvedRequest): readonly Recent[] {
  const stored = cache.memos.get(recentKey(request));
  return stored === undefined ? [] : (JSON.parse(stored.toString()) as readonly Recent[]);
}

function recentKey({ project, workingDirectory }: ResolvedRequest): Digest {
  return memoKey('complete-runs', [project.entry, workingDirectory]);
}

/** How many leaves of the first value differ in the second one. */
function distance(value: CanonicalValue, other: CanonicalValue | undefined): number {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return JSON.stringify(value) === JSON.stringify(other) ? 0 : 1;
  const members =
    typeof other === 'object' && other !== null ? (other as Readonly<Record<string, CanonicalValue>>) : {};
  let sum = 0;
  for (const [name, member] of Object.entries(value)) sum += distance(member, members[name]);
  return sum;
}
