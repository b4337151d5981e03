/** `plan`: what a run would do and why, without doing it. */
import { Cache } from '../store/cache.ts';
import { locate } from './project.ts';
import type { PipelineRequest, PlannedNode, PlannedStatus, PlanReport } from './request.ts';
import { prepare } from './session.ts';

/** @throws RestageError */
export async function plan(request: PipelineRequest): Promise<PlanReport> {
  const { project, cacheDirectory } = locate(request);
  const cache = Cache.open(cacheDirectory);
  try {
    const { definition, steps } = await prepare(cache, project, request);
    const { graph } = definition;
    const counts: Record<PlannedStatus, number> = { hit: 0, run: 0, pending: 0 };
    const nodes = graph.nodes.flatMap(({ id, stage }, index): PlannedNode[] => {
      const step = steps[index]!;
      if (step.status === 'excluded') return [];
      counts[step.status] += 1;
      const seconds = step.status === 'hit' ? step.state.seconds : (cache.states.experience(stage)?.seconds ?? null);
      return [{ node: id, stage, status: step.status, reason: step.status === 'hit' ? '' : step.reason, seconds }];
    });
    await cache.recorder.flush();
    return { pipeline: graph.pipeline, params: graph.params, nodes, counts, cacheDirectory };
  } finally {
    cache.close();
  }
}
