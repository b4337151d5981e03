/** `run`: turns a request into a report, and records everything about the run. */
import type { Graph } from '../core/graph/graph.ts';
import type { RunEvent } from '../events.ts';
import { Cache } from '../store/cache.ts';
import { backendSearchIn } from '../identity/compute/backend.ts';
import type { DeviceProbe } from '../identity/compute/devices.ts';
import { machineDevices } from '../identity/compute/machine-devices.ts';
import { gitState } from '../identity/environment/environment.ts';
import { makePlan, type Planned } from '../planning/plan/make-plan.ts';
import { isUpToDate } from '../planning/plan/plan.ts';
import type { PreparedRun } from '../planning/plan/prepared-run.ts';
import type { ClusterFrame, RunAids } from './frame.ts';
import { checkDetachable, checkExecutorName } from './executors-asked.ts';
import { ClusterCompute, type Told } from './cluster-compute.ts';
import { Preparations } from './preparations.ts';
import { type ResolvedRun, resolveRun, type RunReport, type RunRequest } from './request.ts';
import { remember } from './remember.ts';
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
  const { execute } = await import('./execute.ts');
  const broadcast = new Broadcast(frame.cache, frame.request);
  let report: RunReport | undefined;
  try {
    report = await execute(telling({ ...frame, emit: (event: RunEvent) => broadcast.tell(event) }), prepared);
    return report;
  } finally {
    broadcast.end(report);
  }
}
