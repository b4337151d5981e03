/** A run whose plan has something to do: it executes the plan, with all that goes along, and brings it to its end. */
import type { CacheKey } from '../core/identity/digest.ts';
import type { RunEvent, RunOutcome } from '../events.ts';
import { Execution } from '../execution/execution.ts';
import { type ExecutionReport, onTimer } from '../execution/nodes/execution-options.ts';
import type { ExecutorChoice } from '../execution/nodes/executor-set.ts';
import type { IdleWork } from '../execution/scheduling/idle-work.ts';
import { checkPools } from '../execution/scheduling/resources.ts';
import { environmentWithout, variablesOf } from '../identity/secrets.ts';
import type { PreparedRun } from '../planning/plan/prepared-run.ts';
import type { Cache } from '../store/cache.ts';
import { type CacheUse, useBytes } from '../store/coordination/cache-use.ts';
import { asCacheError } from '../store/database/database.ts';
import { removeAbandoned } from '../store/upkeep/abandoned.ts';
import { chooseExecutors } from './choose-executors.ts';
import type { ClusterCompute } from './cluster-compute.ts';
import { begin, type ClusterFrame, end } from './frame.ts';
import { remember } from './remember.ts';
import type { RunReport } from './request.ts';
import { resultValues } from './result-values.ts';
import type { RunRemote } from './run-remote.ts';
import type { RunTraces } from './run-traces.ts';

/** What goes along with the execution of a run, and hears of its events. */
interface Company {
  readonly idle: IdleWork | undefined;
  readonly traces: RunTraces | undefined;
  /** Undefined until the run is on record, and where there is none. */
  remote?: RunRemote | undefined;
  /** That the bytes of the cache are used, and none may go. Undefined until the run is on record. */
  use?: CacheUse;
}

/** @throws RestageError for wrong pools or executors, before the run is on record; CacheError */
export async function execute(frame: ClusterFrame, prepared: PreparedRun): Promise<RunReport> {
  const { cache, request } = frame;
  removeAbandoned(cache.directory);
  checkPoolsIn(prepared, request.pools);
  const executors = await executorsOf(frame, prepared);
  const company: Company = {
    idle: await frame.aids.openIdleWork?.(cache, request.project.root),
    traces: request.trace ? new (await import('./run-traces.ts')).RunTraces(cache) : undefined,
  };
  const run = begin(frame, prepared);
  const report = await carryOut(frame, prepared, run, executors, company);
  return conclude(frame, prepared, run, report, company);
}

function checkPoolsIn({ definition, steps }: PreparedRun, pools: Readonly<Record<string, number>>): void {
  const { nodes } = definition.graph;
  for (let index = 0; index < nodes.length; index++) {
    const { status } = steps[index]!;
    if (status === 'run' || status === 'pending') checkPools(nodes[index]!, pools);
  }
}

async function executorsOf(
  { cache, request, elsewhere }: ClusterFrame,
  prepared: PreparedRun,
): Promise<ExecutorChoice> {
  const { project, jobs, batch, strict, isolate, executor } = request;
  const { secrets } = prepared.conditions;
  const nodes = prepared.definition.graph.nodes.filter((_, index) => prepared.selection.selected[index]!);
  const env = secrets && { env: environmentWithout(variablesOf(secrets)) };
  const parts = { cacheDirectory: cache.directory, projectRoot: project.root, jobs, batch, ...env };
  const repeats = prepared.recorded.size > 0;
  const demands = { strict, isolate, executor, hasSecrets: secrets !== undefined, repeats };
  return heardBy(elsewhere, await chooseExecutors(nodes, parts, demands));
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

/** Executes the plan. Whatever fails then, the run has an end, and finished states are kept. @throws CacheError */
async function carryOut(
  frame: ClusterFrame,
  prepared: PreparedRun,
  run: number,
  executors: ExecutorChoice,
  company: Company,
): Promise<ExecutionReport> {
  const { cache, request, emit, elsewhere } = frame;
  const { jobs, pools, maxFailures, strict, isolate, detach, limits, pause, signal } = request;
  const { idle, traces } = company;
  try {
    company.use = await useBytes(cache.leases, { tell: (text) => emit(notice(text)), signal });
    const remote = (company.remote = await frame.aids.openRemote?.(cache, emit, signal));
    const execution = new Execution(cache, prepared, {
      ...{ run, jobs, pools, maxFailures, strict, isolate, detach, pause, executors, idle },
      limits: limits && { ...limits, since: frame.beganAt },
      emit(event) {
        if (event.type === 'node-hit') idle?.hit(event.state as CacheKey);
        else if (event.type === 'node-ran') {
          traces?.made(event.state as CacheKey);
          remote?.made(event.state);
        }
        elsewhere.heard(event);
        emit(event);
      },
      now: Date.now,
      every: onTimer,
      source: remote,
      traceFileOf: traces?.fileOf,
    });
    const report = await execution.run(signal);
    elsewhere.ended();
    return report;
  } catch (error) {
    await idle?.close();
    await company.remote?.close();
    traces?.close();
    cache.record.runs.end(run, 'failed');
    await cache.record.flush().catch(() => undefined);
    releaseLeases(cache, company.use);
    throw asCacheError(error, cache.directory);
  }
}

/** Brings the run to its end: for those who go along with it, on record, and for the listeners. */
async function conclude(
  frame: ClusterFrame,
  prepared: PreparedRun,
  run: number,
  report: ExecutionReport,
  { idle, traces, remote, use }: Company,
): Promise<RunReport> {
  const { cache, request, emit } = frame;
  const { counts, savedSeconds, failures, goingOn } = report;
  try {
    const told = await idle?.close();
    traces?.keep();
    if (told !== undefined) emit(notice(told));
    if (goingOn > 0) emit(notice(goingOnSentence(goingOn)));
    const outcome = outcomeOf(report);
    if (outcome === 'ok') {
      // A memo may refer only to states that are on record.
      await cache.record.flush();
      await remember(frame, prepared, (node) => report.stateBefore(node));
    }
    await remote?.settle();
    // Only now: what is pushed is read.
    use?.release();
    if (request.maxBytes !== null && outcome !== 'interrupted' && outcome !== 'detached') {
      const { keepWithin } = await import('./keep-within.ts');
      await cache.record.flush();
      const text = await keepWithin(cache, request.maxBytes);
      if (text !== undefined) emit(notice(text));
    }
    const { pipeline } = prepared;
    const results = resultValues(cache, prepared, (node) => [...(report.outputs(node)?.values() ?? [])]);
    const more = goingOn > 0 ? { goingOn } : {};
    return await end(frame, run, { pipeline, outcome, counts, savedSeconds, failures, ...more, results }, remote);
  } finally {
    use?.release();
    await remote?.close();
  }
}

function notice(text: string): RunEvent {
  return { type: 'notice', at: Date.now(), text };
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
