/** Remembers the plan of a complete run, so that later plans can be made from it. */
import { oneOfEachStage } from '../../core/graph/graph.ts';
import type { PlanKey } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';
import { environmentDigest } from '../../identity/environment/environment-reads.ts';
import type { ResolvedRequest } from '../request/resolve-request.ts';
import { noteCompleteRun } from './earlier/complete-runs.ts';
import { equivalencesUsed } from './equivalence/equivalences-used.ts';
import type { KnownState, Step } from './plan.ts';
import { encodePlan, type PlanMemo } from './earlier/plan-memo.ts';
import type { PreparedRun } from './prepared-run.ts';
import { planMemoKey } from './earlier/remembered-plan.ts';
import { PLAN_MEMO } from '../../store/memo/memo-kinds.ts';

/** The state that a node has after the run, if it was on record before: the id of its row. */
export type StateAfter = (node: number) => number | undefined;

/**
 * Remembers the states of a run in which every node has one. They are on record by now. `stateAfter` saves look-ups: by
 * default, of hits of the plan alone.
 */
export function rememberPlan(
  cache: Cache,
  request: ResolvedRequest,
  prepared: PreparedRun,
  stateAfter: StateAfter = (node) => stateIn(prepared.steps[node]!),
): void {
  const { definition, conditions, stageText, endedEquivalences } = prepared;
  const key = planMemoKey(request, endedEquivalences);
  const { graph, files, textsKey } = definition;
  if (key === undefined || files === undefined || textsKey === undefined) return;
  const states = statesOf(cache, prepared, stateAfter);
  // Another process may have found meanwhile that a state below was made from lost bytes.
  if (states === undefined) return;
  const stages = oneOfEachStage(graph).map(({ stage }) => stage);
  const columns = columnsOf(prepared, states, nameIdsOf(cache, prepared), stages);
  const memo: PlanMemo = {
    pipeline: graph.pipeline,
    params: graph.params,
    results: graph.results,
    files,
    externals: [...prepared.files].map(([path, { digest }]) => [path, digest]),
    recorded: [...prepared.recorded.values()],
    reads: [...conditions.reads.values()].map(({ path, digest }) => [path, digest] as const),
    env: [
      ...definition.env,
      ...Object.keys(conditions.env).map((name) => [name, environmentDigest(name, conditions.env)] as const),
    ],
    ...(prepared.secretDigests === undefined ? {} : { secrets: prepared.secretDigests }),
    backend: conditions.backend,
    computeAt: prepared.computeAt,
    stages: stages.map((stage) => [stage, stageText(stage)]),
    equivalences: [...equivalencesUsed(cache, graph, (node) => states[node], prepared.contentKey)],
    texts: textsKey,
    ids: graph.nodes.map((node) => node.id),
    ...columns,
  };
  cache.memos.set(key, PLAN_MEMO, encodePlan(memo));
  noteCompleteRun(cache, request, { key, params: graph.params }, endedEquivalences);
}

/**
 * The states of the nodes. A node that has the state of the run that the plan is based on, whatever its plan key is by
 * now, needs no look-up as long as that run is still remembered: the first plan key that got another state would have
 * deleted its memo.
 */
function statesOf(
  cache: Cache,
  prepared: PreparedRun,
  stateAfter: StateAfter,
): readonly Omit<KnownState, 'complete'>[] | undefined {
  const { steps, base, earlier } = prepared;
  const isCurrent = base !== undefined && cache.memos.madeAt(base.key) === base.madeAt;
  const states: (Omit<KnownState, 'complete'> | undefined)[] = [];
  const open: number[] = [];
  for (let index = 0; index < steps.length; index++) {
    const then = isCurrent ? earlier?.state(index) : undefined;
    const isStill = then !== undefined && then.id === stateAfter(index);
    states.push(isStill ? then : undefined);
    if (!isStill) open.push(index);
  }
  const found = cache.query.states.byPlanKeys(open.map((index) => planKeyOf(prepared, index)));
  for (const [at, index] of open.entries()) states[index] = known(found[at]);
  return states.every((state) => state !== undefined) ? states : undefined;
}

function stateIn(step: Step): number | undefined {
  return step.status === 'hit' ? step.state.id : undefined;
}

function known(row: { readonly id: number; readonly key: KnownState['key']; readonly seconds: number } | undefined) {
  return row === undefined ? undefined : { ...row, complete: true };
}

function planKeyOf({ steps }: PreparedRun, index: number): PlanKey {
  const step = steps[index]!;
  if (step.status === 'excluded') throw new Error('internal error: a run of all nodes excluded a node');
  return step.planKey;
}

type Columns = Pick<PlanMemo, 'stageOf' | 'nameIds' | 'stateIds' | 'seconds' | 'keys'>;

function columnsOf(
  prepared: PreparedRun,
  states: readonly Omit<KnownState, 'complete'>[],
  nameIds: Float64Array,
  stages: readonly string[],
): Columns {
  const { nodes } = prepared.definition.graph;
  const position = new Map(stages.map((stage, index) => [stage, index]));
  const stageOf = new Uint32Array(nodes.length);
  const stateIds = new Float64Array(nodes.length);
  const seconds = new Float64Array(nodes.length);
  let keys = '';
  for (let index = 0; index < nodes.length; index++) {
    const state = states[index]!;
    stageOf[index] = position.get(nodes[index]!.stage)!;
    stateIds[index] = state.id;
    seconds[index] = state.seconds;
    keys += planKeyOf(prepared, index) + state.key;
  }
  return { stageOf, nameIds, stateIds, seconds, keys };
}

function nameIdsOf(cache: Cache, { nodes }: PreparedRun): Float64Array {
  const unknown = nodes.filter(({ nameId }) => nameId === undefined).map(({ id }) => id);
  const interned = unknown.length === 0 ? [] : cache.record.visits.nodeIds(unknown);
  const ids = new Float64Array(nodes.length);
  let next = 0;
  for (let index = 0; index < nodes.length; index++) ids[index] = nodes[index]!.nameId ?? interned[next++]!;
  return ids;
}
