/** `run`: from a request to a report, with everything about it on record. */
import type { RunEvent, RunOutcome } from '../events.ts';
import { Cache } from '../store/cache.ts';
import { asCacheError } from '../store/database/database.ts';
import { backendSearchIn } from '../identity/compute/backend.ts';
import { type DeviceProbe, nvidiaDevices } from '../identity/compute/devices.ts';
import { gitState } from '../identity/environment/environment.ts';
import type { ExecutionOptions, ExecutorMaker } from '../execution/execution-options.ts';
import type { ExecutorKind } from '../execution/make-task.ts';
import { makePlan } from '../planning/plan/make-plan.ts';
import { isUpToDate } from '../planning/plan/plan.ts';
import type { PreparedRun } from '../planning/plan/prepared-run.ts';
import { rememberPlan } from '../planning/plan/remembered-plan.ts';
import type { Project } from '../planning/request/project.ts';
import { begin, end, type RunFrame } from './frame.ts';
import { resolveRun, type RunReport, type RunRequest } from './request.ts';
import { resultValues } from './result-values.ts';
import { runUpToDate } from './up-to-date.ts';

/**
 * Runs a pipeline: what is in the cache is used, the rest is executed, and all of it recorded. A stage that fails does
 * not throw: it is in the report's `failures`, and `outcome` is `failed`. `probe` looks what GPUs there are.
 * @throws RestageError if the request, the definition or the cache is wrong: nothing has run then
 */
export async function run(given: RunRequest, probe: DeviceProbe = nvidiaDevices): Promise<RunReport> {
  const startedAt = performance.now();
  const request = resolveRun(given);
  // Asked first, since git answers while the rest goes on.
  const git = gitState(request.project.root);
  const cache = Cache.open(request.cacheDirectory);
  try {
    const search = backendSearchIn(cache, request.project, probe);
    const { plan, prepared } = await makePlan(cache, request, search);
    const frame: RunFrame = { cache, request, git: await git, startedAt, emit: request.onEvent };
    if (prepared !== null && !isUpToDate(plan)) return await runWatchably(frame, prepared);
    const report = await runUpToDate(frame, plan);
    if (prepared !== null) rememberPlan(cache, request, prepared);
    return report;
  } finally {
    cache.close();
  }
}

/** A run that may take a while: other processes can follow it. */
async function runWatchably(frame: RunFrame, prepared: PreparedRun): Promise<RunReport> {
  const { Broadcast } = await import('./broadcast.ts');
  const broadcast = new Broadcast(frame.cache, frame.request);
  let report: RunReport | undefined;
  try {
    report = await execute({ ...frame, emit: (event: RunEvent) => broadcast.tell(event) }, prepared);
    return report;
  } finally {
    broadcast.end(report);
  }
}

async function execute(frame: RunFrame, prepared: PreparedRun): Promise<RunReport> {
  const { cache, request, emit } = frame;
  const { project, jobs, pools, maxFailures, pause } = request;
  const { Execution } = await import('../execution/execution.ts');
  const { executorKind } = await import('../execution/make-task.ts');
  // What a process left behind that was killed while writing.
  cache.objects.removeStale();
  const { graph } = prepared.definition;
  const nodes = graph.nodes.filter((_, index) => prepared.selection.selected[index]!);
  const executors = await executorMakers(cache, project, jobs, new Set(nodes.map(executorKind)));
  const options: ExecutionOptions = { jobs, pools, maxFailures, emit, now: Date.now, pause, executors };
  // Made before the run is on record: what is wrong with the pools is found before anything runs.
  const execution = new Execution(cache, prepared, options);
  const run = begin(frame, prepared);
  const report = await execution.run(run, request.signal).catch(async (error: unknown) => {
    // What is finished is kept, whatever failed.
    cache.recorder.endRun(run, 'failed');
    await cache.recorder.flush().catch(() => undefined);
    throw asCacheError(error, cache.directory);
  });
  const outcome: RunOutcome = report.interrupted ? 'interrupted' : report.failures.length > 0 ? 'failed' : 'ok';
  if (outcome === 'ok') {
    // A memo may only speak of states that are on record.
    await cache.recorder.flush();
    rememberPlan(cache, request, prepared);
  }
  return end(frame, run, {
    pipeline: graph.pipeline,
    outcome,
    counts: report.counts,
    savedSeconds: report.savedSeconds,
    failures: report.failures,
    results: resultValues(cache, prepared, (node) => [...(report.outputs(node)?.values() ?? [])]),
  });
}

/** Makers of the executors that the nodes call for; the others are not loaded. */
async function executorMakers(
  { directory }: Cache,
  { root }: Project,
  jobs: number,
  kinds: ReadonlySet<ExecutorKind>,
): Promise<ExecutionOptions['executors']> {
  const makers: { -readonly [Kind in ExecutorKind]?: ExecutorMaker } = {};
  if (kinds.has('in-process')) {
    const { InProcessExecutor } = await import('../executors/in-process/in-process-executor.ts');
    makers['in-process'] = (onEvent) => new InProcessExecutor({ cacheDirectory: directory, onEvent });
  }
  if (kinds.has('worker')) {
    const { WorkerExecutor } = await import('../executors/worker/worker-executor.ts');
    makers.worker = (onEvent) =>
      new WorkerExecutor({ cacheDirectory: directory, projectRoot: root, workers: jobs, onEvent });
  }
  return makers;
}
