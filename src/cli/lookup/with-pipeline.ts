/** A pipeline and its cache, opened once for a command. */
import type { Graph } from '../../core/graph/graph.ts';
import { declaresExperiment } from '../../planning/request/find-pipelines.ts';
import type { PlanReport } from '../../planning/plan/plan-report.ts';
import { type ResolvedRequest, resolveRequest } from '../../planning/request/resolve-request.ts';
import type { Cache } from '../../store/cache.ts';
import type { Call } from '../arguments/verb.ts';
import { experimentFile } from './experiment-file.ts';
import { openedAt } from './open-cache.ts';
import { pipelineRequest } from './pipeline-request.ts';

export interface Opened {
  /** The pipeline's path, as a command takes it. */
  readonly pipeline: string;
  readonly request: ResolvedRequest;
  readonly cache: Cache;
  /** The seed that was asked for; undefined if none was. */
  readonly seed: number | undefined;
  /** The branch of an experiment that is asked about; null for all of what the pipeline's file says. */
  readonly branch: string | null;
}

/**
 * Finds the pipeline that the call names, by its path or by the name of an experiment that was run, and opens its cache, which is made where there is none.
 * @throws UsageError, DefinitionError, CacheError
 */
export async function withPipeline<T>(call: Call, work: (opened: Opened) => Promise<T>): Promise<T> {
  const { path, branch = null } = (await experimentFile(call)) ?? {};
  const [word, ...others] = call.positionals;
  const asked = await pipelineRequest(
    word === undefined || path === undefined ? call : { ...call, positionals: [path, ...others] },
  );
  const request = resolveRequest(asked);
  return openedAt(request.cacheDirectory, (cache) =>
    work({ pipeline: asked.pipeline, request, cache, seed: asked.seed, branch }),
  );
}

/**
 * What a run would do; of an experiment, what running all of its branches or the one that is asked about would, with the
 * seed that was asked for or with all of its seeds. @throws RestageError
 */
export async function planOf({ cache, request, seed, branch }: Opened): Promise<PlanReport> {
  const { planIn } = await import('../../planning/plan/plan-command.ts');
  if (!declaresExperiment(request.project.entry)) return planIn(cache, request);
  const { studyPlanning } = await import('../../study/run-study.ts');
  const { AS_DECLARED } = await import('../../study/sweep.ts');
  const seeds = seed === undefined ? undefined : [seed];
  const report = await planIn(cache, request, studyPlanning({ ...AS_DECLARED, layers: request.layers, seeds }));
  if (branch === null) return report;
  const { planOfBranch } = await import('../../study/branch-plan.ts');
  return planOfBranch(report, branch);
}

/** The definition alone: nothing of it needs to be runnable here. @throws DefinitionError, ParamError */
export async function graphOf({ cache, request }: Opened): Promise<Graph> {
  const { loadGraph } = await import('../../planning/definition/load-graph.ts');
  return (await loadGraph(cache, request)).graph;
}
