/** `restage why <node>`: why a node would run now, or would be a hit. */
import { prepare, type PreparedRun } from '../../planning/plan/prepared-run.ts';
import type { Cache } from '../../store/cache.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { Acceptance } from '../view/acceptances.ts';
import { planSide } from './plan-side.ts';
import { acceptanceOf, madeBy, reaching, unmadeIn, type WhyNode } from './why-node.ts';
import { requestLike } from './why-now.ts';

/**
 * About the node as it is today, with the parameters of its latest run; undefined if the pipeline has no such node. It
 * is compared with the latest run in which the node has a state.
 * @throws RestageError if the pipeline as it is now is wrong
 */
export async function whyNodeNow(
  cache: Cache,
  latest: RunRecord,
  root: string,
  name: string,
): Promise<WhyNode | undefined> {
  const prepared = await prepare(cache, requestLike(cache, latest, root));
  const side = planSide(cache, prepared);
  const node = side.nodes.get(name);
  if (node === undefined) return undefined;
  const before = latestMade(cache, latest, name) ?? latest;
  const { outcome, reason, key } = node;
  const state = key === null ? undefined : cache.query.states.byKey(key);
  return {
    kind: 'why-node',
    node: name,
    run: null,
    outcome,
    reason,
    state: state === undefined ? null : madeBy(cache, state.id),
    accepted: acceptedNow(cache, prepared, name),
    before: before.id,
    unmade: unmadeIn(cache, before, name),
    causes: reaching(cache, before, side, name),
  };
}

function latestMade({ query }: Cache, { pipeline, source }: RunRecord, node: string): RunRecord | undefined {
  const visit = query.visits.latest(node, { pipeline: { name: pipeline, source }, having: 'state' });
  return visit === undefined ? undefined : query.runs.get(visit.run);
}

function acceptedNow(cache: Cache, { nodes, steps }: PreparedRun, name: string): Acceptance | null {
  const step = steps[nodes.findIndex(({ id }) => id === name)];
  if (step?.status !== 'hit' || step.equivalence === undefined) return null;
  return acceptanceOf(cache, step.state.id, step.equivalence);
}
