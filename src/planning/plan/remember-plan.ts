/** Remembers the plan of a complete run, so that later plans can be made from it. */
import type { PlanKey } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';
import { environmentDigest } from '../../identity/environment/environment-reads.ts';
import type { ResolvedRequest } from '../request/resolve-request.ts';
import { noteCompleteRun } from './complete-runs.ts';
import type { KnownState } from './plan.ts';
import { encodePlan, type PlanMemo } from './plan-memo.ts';
import type { PreparedRun } from './prepared-run.ts';
import { planMemoKey } from './remembered-plan.ts';
import { PLAN_MEMO } from '../../store/memo/memo-kinds.ts';

/** Remembers the states of a run in which every node has one. They are on record by now. */
export function rememberPlan(cache: Cache, request: ResolvedRequest, prepared: PreparedRun): void {
  const key = planMemoKey(request);
  const { definition, conditions, stageText } = prepared;
  const { graph, files, textsKey } = definition;
  if (key === undefined || files === undefined || textsKey === undefined) return;
  const states = statesOf(cache, prepared);
  // Another process may have found meanwhile that a state below was made from lost bytes.
  if (states === undefined) return;
  const stages = [...new Set(graph.nodes.map((node) => node.stage))];
  const position = new Map(stages.map((stage, index) => [stage, index]));
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
  noteCompleteRun(cache, request, { key, params: graph.params });
}

/**
 * The states of the nodes. Hits of the plan need no second look-up as long as the run that they come from is still
 * remembered: the first of its plan keys that got another state would have deleted its memo.
 */
function statesOf(cache: Cache, prepared: PreparedRun): readonly Omit<KnownState, 'complete'>[] | undefined {
  const { steps, base } = prepared;
  const isCurrent = base !== undefined && cache.memos.madeAt(base.key) === base.madeAt;
  const states = steps.map((step) =>
    isCurrent && step.status === 'hit' && step.planned && step.state.complete ? step.state : undefined,
  );
  const open = [...states.keys()].filter((index) => states[index] === undefined);
  const found = cache.query.states.byPlanKeys(open.map((index) => planKeyOf(prepared, index)));
  for (const [at, index] of open.entries()) states[index] = known(found[at]);
  return states.every((state) => state !== undefined) ? states : undefined;
}

function known(row: { readonly id: number; readonly key: KnownState['key']; readonly seconds: number } | undefined) {
  return row === undefined ? undefined : { ...row, complete: true };
}

function planKeyOf({ steps }: PreparedRun, index: number): PlanKey {
  const step = steps[index]!;
  if (step.status === 'excluded') throw new Error('internal error: a run of all nodes excluded a node');
  return step.planKey;
}

function nameIdsOf(cache: Cache, { nodes }: PreparedRun): readonly number[] {
  const unknown = nodes.filter(({ nameId }) => nameId === undefined).map(({ id }) => id);
  const interned = unknown.length === 0 ? [] : cache.record.visits.nodeIds(unknown);
  let next = 0;
  return nodes.map(({ nameId }) => nameId ?? interned[next++]!);
}
