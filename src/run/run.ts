/** `run`: turns a request into a report, and records everything about the run. */
import type { Graph } from '../core/graph/graph.ts';
import type { CacheKey } from '../core/identity/digest.ts';
import type { RunEvent, RunOutcome } from '../events.ts';
import type { ExecutorChoice } from '../execution/nodes/executor-set.ts';
import type { ExecutionReport } from '../execution/nodes/execution-options.ts';
import { Cache } from '../store/cache.ts';
import { type CacheUse, useBytes } from '../store/coordination/cache-use.ts';
import { asCacheError } from '../store/database/database.ts';
import { removeAbandoned } from '../store/upkeep/abandoned.ts';
import { backendSearchIn } from '../identity/compute/backend.ts';
import type { DeviceProbe } from '../identity/compute/devices.ts';
import { machineDevices } from '../identity/compute/machine-devices.ts';
import { environmentWithout, variablesOf } from '../identity/secrets.ts';
import { gitState } from '../identity/environment/environment.ts';
import { makePlan, type Planned } from '../planning/plan/make-plan.ts';
import { isUpToDate } from '../planning/plan/plan.ts';
import type { PreparedRun } from '../planning/plan/prepared-run.ts';
import { begin, end, type RunAids, type RunFrame } from './frame.ts';
import { checkDetachable, checkExecutorName } from './executors-asked.ts';
import { ClusterCompute, type Told } from './cluster-compute.ts';
import { Preparations } from './preparations.ts';
import { type ResolvedRun, resolveRun, type RunReport, type RunRequest } from './request.ts';
import type { RunRemote } from './run-remote.ts';
import { resultValues } from './result-values.ts';
import { refuseUndeclaredHits } from './strict.ts';
import { runUpToDate } from './up-to-date.ts';

/**
 * Runs a pipeline: it uses the states in the cache, executes the rest, and records all of it. It does not throw when a
 * stage fails: the failure is in the report's `failures`, and `outcome` is `failed`. `probe` finds the GPUs.
 * @throws RestageError if the request, the definition or the cache is wrong; nothing has run then
 */
export async function run(
  given: RunRequest,
  probe: DeviceProbe = machineDevices,
  aids: RunAids = {},
): Promise<RunReport> {
  return runAs(given, makePlan, probe, aids);
}

/** Makes the plan of a run. */
export type Planning = (...request: Parameters<typeof makePlan>) => Promise<Planned>;

/** As `run`, with a plan that is made in another way. */
export async function runAs(
  given: RunRequest,
  planning: Planning,
  probe: DeviceProbe = machineDevices,
  aids: RunAids = {},
): Promise<RunReport> {
  return (await runIf(given, planning, () => true, probe, aids))!;
}

/** As `runAs`; without a run, and undefined, where the plan is not `wanted`. The plan is remembered anyway. */
export async function runIf(
  given: RunRequest,
  planning: Planning,
  wanted: (cache: Cache, planned: Planned) => boolean,
  probe: DeviceProbe = machineDevices,
  aids: RunAids = {},
): Promise<RunReport | undefined> {
  const monotonicStart = performance.now();
  const beganAt = Date.now();
  const request = resolveRun(given);
  await checkExecutorName(request.executor, given.executor === undefined ? request.project : undefined);
  // Started first: git answers while the rest continues.
  const git = gitState(request.project.root);
  return Cache.using(Cache.open(request.cacheDirectory), async (cache) => {
    const preparations = new Preparations(request.onEvent);
    const here = backendSearchIn(cache, request.project, probe);
    const elsewhere = new ClusterCompute(cache, request, here, toldBy(request, preparations));
    const search = { ...here, elsewhere };
    const planned = await planning(cache, request, search, (activity) => preparations.begin(activity));
    const { plan, prepared, followedBy } = planned;
    if (request.detach) await checkDetachable(plan.pipeline, await graphOf(cache, request, prepared), request);
    if (request.strict) refuseUndeclaredHits(cache, plan);
    const frame: WatchedFrame = {
      ...(followedBy === undefined ? {} : { followedBy }),
      cache,
      request,
      git: await git,
      beganAt,
      monotonicStart,
      preparations,
      emit: request.onEvent,
      aids,
      elsewhere,
    };
    const mayRun = wanted(cache, planned);
    if (prepared !== null && !isUpToDate(plan)) return mayRun ? await runWatchably(frame, prepared) : undefined;
    const report = mayRun ? await runUpToDate(telling(frame), plan) : undefined;
    if (prepared !== null) await remember(frame, prepared);
    return report;
  });
}

/** A remembered plan has no graph. */
async function graphOf(cache: Cache, request: ResolvedRun, prepared: PreparedRun | null): Promise<Graph> {
  if (prepared !== null) return prepared.definition.graph;
  const { loadGraph } = await import('../planning/definition/load-graph.ts');
  return (await loadGraph(cache, request)).graph;
}

type WatchedFrame = ClusterFrame & Pick<Planned, 'followedBy'>;

interface ClusterFrame extends RunFrame {
  readonly elsewhere: ClusterCompute;
}

function toldBy({ onEvent }: ResolvedRun, preparations: Preparations): Told {
  const notice = (text: string): void => onEvent({ type: 'notice', at: Date.now(), text });
  return {
    asks: (text) => {
      preparations.begin('asking hosts');
      notice(text);
    },
    answered: () => preparations.begin('planning'),
    notice,
  };
}

/** The frame whose listeners are also told what follows from each event. */
function telling({ followedBy, ...frame }: WatchedFrame): ClusterFrame {
  if (followedBy === undefined) return frame;
  const { emit } = frame;
  return {
    ...frame,
    emit(event) {
      emit(event);
      for (const more of followedBy(event)) emit(more);
    },
  };
}

/** A run that may take a while: other processes can follow it. */
async function runWatchably(frame: WatchedFrame, prepared: PreparedRun): Promise<RunReport> {
  const { Broadcast } = await import('./broadcast.ts');
  const broadcast = new Broadcast(frame.cache, frame.request);
  let report: RunReport | undefined;
  try {
    report = await execute(telling({ ...frame, emit: (event: RunEvent) => broadcast.tell(event) }), prepared);
    return report;
  } finally {
    broadcast.end(report);
  }
}

async function execute(frame: ClusterFrame, prepared: PreparedRun): Promise<RunReport> {
  const { cache, request, emit } = frame;
  const { project, jobs, pools, maxFailures, strict, isolate, executor, detach, trace, limits, pause } = request;
  const { Execution } = await import('../execution/execution.ts');
  const { onTimer } = await import('../execution/nodes/execution-options.ts');
  const { checkPools } = await import('../execution/scheduling/resources.ts');
  const { chooseExecutors } = await import('./choose-executors.ts');
  removeAbandoned(cache.directory);
  const { graph } = prepared.definition;
  // Before the run is on record: wrong pools and executors are found before anything runs.
  for (let index = 0; index < graph.nodes.length; index++) {
    const { status } = prepared.steps[index]!;
    if (status === 'run' || status === 'pending') checkPools(graph.nodes[index]!, pools);
  }
  const { secrets } = prepared.conditions;
  const nodes = graph.nodes.filter((_, index) => prepared.selection.selected[index]!);
  const parts = {
    cacheDirectory: cache.directory,
    projectRoot: project.root,
    jobs,
    batch: request.batch,
    ...(secrets && { env: environmentWithout(variablesOf(secrets)) }),
  };
  const demands = {
    ...{ strict, isolate, executor, hasSecrets: secrets !== undefined },
    repeats: prepared.recorded.size > 0,
  };
  const executors = heardBy(frame.elsewhere, await chooseExecutors(nodes, parts, demands));
  const idle = await frame.aids.openIdleWork?.(cache, project.root);
  const traces = trace ? new (await import('./run-traces.ts')).RunTraces(cache) : undefined;
  const run = begin(frame, prepared);
  let use: CacheUse | undefined;
  let remote: RunRemote | undefined;
  let report: ExecutionReport;
  try {
    use = await useBytes(cache.leases, {
      tell: (text) => emit({ type: 'notice', at: Date.now(), text }),
      signal: request.signal,
    });
    remote = await frame.aids.openRemote?.(cache, emit, request.signal);
    const execution = new Execution(cache, prepared, {
      run,
      jobs,
      pools,
      maxFailures,
      strict,
      isolate,
      detach,
      limits: limits && { ...limits, since: frame.beganAt },
      emit(event) {
        if (event.type === 'node-hit') idle?.hit(event.state as CacheKey);
        else if (event.type === 'node-ran') {
          traces?.made(event.state as CacheKey);
          remote?.made(event.state);
        }
        frame.elsewhere.heard(event);
        emit(event);
      },
      now: Date.now,
      every: onTimer,
      pause,
      executors,
      idle,
      source: remote,
      traceFileOf: traces?.fileOf,
    });
    report = await execution.run(request.signal);
    frame.elsewhere.ended();
  } catch (error) {
    await idle?.close();
    await remote?.close();
    traces?.close();
    // Finished states are kept, whatever failed.
    cache.record.runs.end(run, 'failed');
    await cache.record.flush().catch(() => undefined);
    releaseLeases(cache, use);
    throw asCacheError(error, cache.directory);
  }
  try {
    const told = await idle?.close();
    traces?.keep();
    if (told !== undefined) emit({ type: 'notice', at: Date.now(), text: told });
    if (report.goingOn > 0) emit({ type: 'notice', at: Date.now(), text: goingOnSentence(report.goingOn) });
    const outcome = outcomeOf(report);
    if (outcome === 'ok') {
      // A memo may refer only to states that are on record.
      await cache.record.flush();
      await remember(frame, prepared, (node) => report.stateBefore(node));
    }
    await remote?.settle();
    // Only now: what is pushed is read.
    use.release();
    if (request.maxBytes !== null && outcome !== 'interrupted' && outcome !== 'detached') {
      const { keepWithin } = await import('./keep-within.ts');
      await cache.record.flush();
      const text = await keepWithin(cache, request.maxBytes);
      if (text !== undefined) emit({ type: 'notice', at: Date.now(), text });
    }
    const ending = {
      pipeline: prepared.pipeline,
      outcome,
      counts: report.counts,
      savedSeconds: report.savedSeconds,
      failures: report.failures,
      ...(report.goingOn > 0 && { goingOn: report.goingOn }),
      results: resultValues(cache, prepared, (node) => [...(report.outputs(node)?.values() ?? [])]),
    };
    return await end(frame, run, ending, remote);
  } finally {
    use.release();
    await remote?.close();
  }
}

function heardBy(elsewhere: ClusterCompute, executors: ExecutorChoice): ExecutorChoice {
  return {
    ...executors,
    open: (name, onEvent) =>
      executors.open(name, (event) => {
        elsewhere.heard(event);
        onEvent(event);
      }),
  };
}

function outcomeOf({ goingOn, interrupted, failures }: ExecutionReport): RunOutcome {
  if (goingOn > 0) return 'detached';
  if (interrupted) return 'interrupted';
  return failures.length > 0 ? 'failed' : 'ok';
}

function goingOnSentence(count: number): string {
  const attempts = count === 1 ? '1 attempt goes on' : `${count} attempts go on`;
  return `${attempts} elsewhere; give the same command again to continue with what they make.`;
}

/** This process may live on, and other runs would wait for what nobody makes any more. */
function releaseLeases({ leases }: Cache, use: CacheUse | undefined): void {
  try {
    use?.release();
    leases.releaseAll();
  } catch {
    // The same disk fails. Whoever waits takes them over when this process has ended.
  }
}

async function remember(
  { cache, request }: RunFrame,
  prepared: PreparedRun,
  stateAfter?: (node: number) => number | undefined,
): Promise<void> {
  const { rememberPlan } = await import('../planning/plan/remember-plan.ts');
  rememberPlan(cache, request, prepared, stateAfter);
}
