/** `plan`: what a run would do and why, without doing it. If it would do nothing, that is found as a run finds it. */
import { Cache } from '../../store/cache.ts';
import { surroundingsIn } from '../../identity/compute/backend.ts';
import { nvidiaDevices } from '../../identity/compute/devices.ts';
import { findNoOp, type NoOp } from './no-op.ts';
import { locate, type Project } from '../request/project.ts';
import type { PipelineRequest } from '../request/request.ts';
import type { PlannedNode, PlannedStatus, PlanReport } from './plan-report.ts';

/** @throws RestageError */
export async function plan(request: PipelineRequest): Promise<PlanReport> {
  const { project, cacheDirectory } = locate(request);
  const cache = Cache.open(cacheDirectory);
  try {
    const noOp = await findNoOp(cache, project, request, surroundingsIn(cache, project, nvidiaDevices));
    const found = noOp === undefined ? await planLong(cache, project, request) : allHits(cache, noOp);
    await cache.record.flush();
    return { ...found, cacheDirectory };
  } finally {
    cache.close();
  }
}

type Found = Omit<PlanReport, 'cacheDirectory'>;

async function planLong(cache: Cache, project: Project, request: PipelineRequest): Promise<Found> {
  const { prepare } = await import('./prepared-run.ts');
  const { definition, steps } = await prepare(cache, project, request);
  const { graph } = definition;
  const counts: Record<PlannedStatus, number> = { hit: 0, run: 0, pending: 0 };
  const nodes = graph.nodes.flatMap(({ id, stage }, index): PlannedNode[] => {
    const step = steps[index]!;
    if (step.status === 'excluded') return [];
    counts[step.status] += 1;
    const seconds = step.status === 'hit' ? step.state.seconds : (cache.query.costs.of(stage)?.seconds ?? null);
    return [{ node: id, stage, status: step.status, reason: step.status === 'hit' ? '' : step.reason, seconds }];
  });
  return { pipeline: graph.pipeline, params: graph.params, nodes, counts };
}

function allHits(cache: Cache, { memo }: NoOp): Found {
  const seconds = cache.query.states.seconds(memo.stateIds);
  const nodes = memo.nodes.map((node, index): PlannedNode => {
    const stage = memo.stages[memo.stageOf[index]!]!;
    return { node, stage, status: 'hit', reason: '', seconds: seconds[index]! };
  });
  return { pipeline: memo.pipeline, params: memo.params, nodes, counts: { hit: nodes.length, run: 0, pending: 0 } };
}
