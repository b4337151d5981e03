/** A pipeline and its cache, opened once for a command. */
import type { Graph } from '../../core/graph/graph.ts';
import { declaresExperiment } from '../../planning/request/find-pipelines.ts';
import type { PlanReport } from '../../planning/plan/plan-report.ts';
import { projectSettings } from '../../planning/request/settings.ts';
import { type ResolvedRequest, resolveRequest } from '../../planning/request/resolve-request.ts';
import type { Cache } from '../../store/cache.ts';
import type { ComputeElsewhere } from '../../identity/compute/elsewhere.ts';
import type { Call } from '../arguments/verb.ts';
import { text } from '../arguments/options.ts';
import { checkExecutorName } from '../../run/executors-asked.ts';
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
  /** That of nodes that name none; undefined: that of the project's settings. */
  readonly executor: string | undefined;
  /** The branch of an experiment that is asked about; null for all of what the pipeline's file says. */
  readonly branch: string | null;
}

/**
 * Finds the pipeline that the call names, by its path or by the name of an experiment that was run, and opens its
 * cache, which is made where there is none.
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
    work({ pipeline: asked.pipeline, request, cache, seed: asked.seed, executor: text(call, 'executor'), branch }),
  );
}

/**
 * What a run would do; of an experiment, what running all of its branches or the one that is asked about would, with
 * the seed that was asked for or with all of its seeds. @throws RestageError
 */
export async function planOf(opened: Opened): Promise<PlanReport> {
  const { cache, request, seed, branch } = opened;
  const { executor = projectSettings(request.project.root).executor } = opened;
  await checkExecutorName(executor, opened.executor === undefined ? request.project : undefined);
  const { planIn } = await import('../../planning/plan/plan-command.ts');
  const elsewhere = await clusterOf(opened);
  if (!declaresExperiment(request.project.entry)) return planIn(cache, request, undefined, elsewhere);
  const { studyPlanning } = await import('../../study/running/run-study.ts');
  const { AS_DECLARED } = await import('../../study/definition/sweep.ts');
  const seeds = seed === undefined ? undefined : [seed];
  const planning = studyPlanning({ ...AS_DECLARED, layers: request.layers, seeds });
  const report = await planIn(cache, request, planning, elsewhere);
  if (branch === null) return report;
  const { planOfBranch } = await import('../../study/running/branch-plan.ts');
  return planOfBranch(report, branch);
}

/** What is remembered of a cluster on which nodes may compute: a plan submits no job. */
async function clusterOf({ cache, request, executor }: Opened): Promise<ComputeElsewhere | undefined> {
  if (request.backend === 'auto' && request.device === 'auto') return undefined;
  const { rememberedCluster } = await import('../../run/remembered-cluster.ts');
  return rememberedCluster(cache, request, executor);
}

/** The definition alone: nothing of it needs to be runnable here. @throws DefinitionError, ParamError */
export async function graphOf({ cache, request }: Opened): Promise<Graph> {
  const { loadGraph } = await import('../../planning/definition/load-graph.ts');
  return (await loadGraph(cache, request)).graph;
}
