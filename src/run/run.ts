/** `run`: from a request to a report, with everything about it on record. */
import { availableParallelism } from 'node:os';
import type { Output } from '../core/artifact/artifact.ts';
import type { CanonicalValue } from '../core/identity/canonical.ts';
import { UsageError } from '../errors.ts';
import type { RunEvent, RunOutcome, VisitOutcome } from '../events.ts';
import { Cache } from '../store/cache.ts';
import { asCacheError } from '../store/database/database.ts';
import { fileSystemOf } from '../store/files/file-system.ts';
import { surroundingsIn } from '../identity/compute/backend.ts';
import { type DeviceProbe, nvidiaDevices } from '../identity/compute/devices.ts';
import { environmentFacts, gitState } from '../identity/environment/environment.ts';
import type { ExecutionOptions, ExecutionReport, ExecutorMaker } from '../execution/execution-options.ts';
import type { ExecutorKind } from '../execution/make-task.ts';
import { findNoOp, type NoOp, recordNoOp, rememberNoOp } from '../planning/plan/no-op.ts';
import { locate, type Project } from '../planning/request/project.ts';
import type { ResultValue, RunReport, RunRequest } from './request.ts';
import type { Session } from '../planning/plan/prepared-run.ts';

/**
 * Runs a pipeline: what is in the cache is used, the rest is executed, and all of it recorded. A stage that fails does
 * not throw: it is in the report's `failures`, and `outcome` is `failed`. `probe` looks what GPUs there are.
 * @throws RestageError if the request, the definition or the cache is wrong: nothing has run then
 */
export async function run(request: RunRequest, probe: DeviceProbe = nvidiaDevices): Promise<RunReport> {
  const startedAt = performance.now();
  const { project, cacheDirectory } = locate(request);
  const jobs = request.jobs ?? availableParallelism();
  if (!Number.isInteger(jobs) || jobs < 1)
    throw new UsageError(`The number of jobs ${jobs} is no whole number from 1 up; give one with -j N.`);
  // Asked for first, since git answers while the rest goes on.
  const git = gitState(project.root);
  const cache = Cache.open(cacheDirectory);
  try {
    const noOp = await findNoOp(cache, project, request, surroundingsIn(cache, project, probe));
    const context: Context = { cache, project, request, jobs, probe, git: await git, startedAt };
    return noOp === undefined ? await runWatchably(context) : await runNoOp(context, noOp);
  } finally {
    cache.close();
  }
}

interface Context {
  readonly cache: Cache;
  readonly project: Project;
  readonly request: RunRequest;
  readonly jobs: number;
  readonly probe: DeviceProbe;
  readonly git: Awaited<ReturnType<typeof gitState>>;
  readonly startedAt: number;
}

async function runNoOp(context: Context, noOp: NoOp): Promise<RunReport> {
  const { cache } = context;
  const { memo } = noOp;
  const emit = emitterOf(context);
  const run = begin(context, emit, {
    pipeline: memo.pipeline,
    params: memo.params,
    stages: memo.stageOf.map((stage) => memo.stages[stage]!),
    secondsOf: () => null,
    backend: memo.backend?.name ?? 'none',
  });
  recordNoOp(cache, run, noOp, emit);
  return end(context, emit, run, {
    pipeline: memo.pipeline,
    outcome: 'ok',
    counts: { ...NO_COUNTS, hit: memo.nodes.length },
    savedSeconds: memo.seconds,
    failures: [],
    results: resultValues(cache, memo.results, (node) => {
      const outputs = cache.query.states.outputs(memo.stateIds[node]!);
      return { id: memo.nodes[node]!, outputs: new Map(outputs.map((o) => [o.name, o])) };
    }),
  });
}

/** A run that may take a while: other processes can follow it. */
async function runWatchably(context: Context): Promise<RunReport> {
  const { cache, project, request } = context;
  const { Broadcast } = await import('./broadcast.ts');
  const broadcast = new Broadcast(cache, project, request);
  let report: RunReport | undefined;
  try {
    report = await runSession({ ...context, request: { ...request, onEvent: (event) => broadcast.tell(event) } });
    return report;
  } finally {
    broadcast.end(report);
  }
}

async function runSession(context: Context): Promise<RunReport> {
  const { cache, project, request, jobs, probe } = context;
  const { prepare } = await import('../planning/plan/prepared-run.ts');
  const { Execution } = await import('../execution/execution.ts');
  const { executorKind } = await import('../execution/make-task.ts');
  const session = await prepare(cache, project, request, probe);
  // What a process left behind that was killed while writing.
  cache.objects.removeStale();
  const { graph } = session.definition;
  const nodes = graph.nodes.filter((_, index) => session.selection.selected[index]!);
  const emit = emitterOf(context);
  const options = {
    jobs,
    pools: request.pools ?? {},
    maxFailures: request.maxFailures ?? Number.POSITIVE_INFINITY,
    emit,
    now: Date.now,
    pause: request.pause,
    executors: await executorMakers(cache, project, jobs, new Set(nodes.map(executorKind))),
  };
  // Made before the run is on record: what is wrong with the pools is found before anything runs.
  const execution = new Execution(cache, session, options);
  const run = begin(context, emit, {
    pipeline: graph.pipeline,
    params: graph.params,
    stages: nodes.map(({ stage }) => stage),
    secondsOf: (stage) => cache.query.costs.of(stage)?.seconds ?? null,
    backend: session.conditions.backend?.name ?? 'none',
  });
  const report = await execution.run(run, request.signal).catch(async (error: unknown) => {
    // What is finished is kept, whatever it was that broke.
    cache.record.runs.end(run, 'failed');
    await cache.record.flush().catch(() => undefined);
    throw asCacheError(error, cache.directory);
  });
  const outcome: RunOutcome = report.interrupted ? 'interrupted' : report.failures.length > 0 ? 'failed' : 'ok';
  if (outcome === 'ok') await remember(context, session);
  return end(context, emit, run, {
    pipeline: graph.pipeline,
    outcome,
    counts: report.counts,
    savedSeconds: report.savedSeconds,
    failures: report.failures,
    results: resultValues(cache, graph.results, (node) => madeOutputs(session, report, node)),
  });
}

/** After everything is committed: a memo may only speak of states that are on record. */
async function remember({ cache, project, request }: Context, session: Session): Promise<void> {
  await cache.record.flush();
  rememberNoOp(cache, project, request, session);
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

interface Beginning {
  readonly pipeline: string;
  readonly params: CanonicalValue;
  /** The stage of every node that takes part. */
  readonly stages: readonly string[];
  /** What the latest states of a stage took; null if nothing is known, or of no matter. */
  readonly secondsOf: (stage: string) => number | null;
  readonly backend: string;
}

function begin(context: Context, emit: (event: RunEvent) => void, beginning: Beginning): number {
  const { cache, project, request, jobs, git } = context;
  const { pipeline, params, stages, secondsOf, backend } = beginning;
  const seed = request.seed ?? 0;
  const run = cache.record.runs.begin({
    pipeline,
    source: project.source,
    argv: request.argv ?? [],
    params,
    seed,
    backend,
    jobs,
    git,
    environment: environmentFacts(),
    startedAt: Date.now() - (performance.now() - context.startedAt),
  });
  const counts = new Map<string, number>();
  for (const stage of stages) counts.set(stage, (counts.get(stage) ?? 0) + 1);
  emit({
    type: 'run-started',
    at: Date.now(),
    run,
    pipeline,
    nodes: stages.length,
    stages: [...counts].map(([stage, nodes]) => ({ stage, nodes, seconds: secondsOf(stage) })),
    seed,
    jobs,
    backend,
  });
  const { name, network } = fileSystemOf(cache.directory);
  // Where nothing can be known, nothing is said: doctor tells.
  if (network === 'yes' || name === 'FUSE') {
    const kind = network === 'yes' ? 'a network file system' : 'FUSE, behind which may be a network file system';
    const text = `The cache ${cache.directory} lies on ${kind}: use it from one host at a time.`;
    emit({ type: 'notice', at: Date.now(), text });
  }
  return run;
}

type Ending = Omit<RunReport, 'run' | 'seconds' | 'cacheDirectory'>;

async function end(
  { cache, startedAt }: Context,
  emit: (event: RunEvent) => void,
  run: number,
  ending: Ending,
): Promise<RunReport> {
  cache.record.runs.end(run, ending.outcome);
  await cache.record.flush();
  const seconds = (performance.now() - startedAt) / 1000;
  const { outcome, counts, savedSeconds } = ending;
  emit({ type: 'run-finished', at: Date.now(), run, outcome, seconds, counts, savedSeconds });
  return { ...ending, run, seconds, cacheDirectory: cache.directory };
}

function emitterOf({ request }: Context): (event: RunEvent) => void {
  return request.onEvent ?? (() => undefined);
}

interface NodeOutputs {
  readonly id: string;
  readonly outputs: ReadonlyMap<string, Output>;
}

function madeOutputs(session: Session, report: ExecutionReport, node: number): NodeOutputs | undefined {
  const outputs = report.outputs(node);
  return outputs === undefined ? undefined : { id: session.definition.graph.nodes[node]!.id, outputs };
}

const SHOWN_BYTES = 4096;

function resultValues(
  cache: Cache,
  results: readonly { readonly name: string; readonly node: number; readonly output: string }[],
  outputsOf: (node: number) => NodeOutputs | undefined,
): readonly ResultValue[] {
  const values: ResultValue[] = [];
  for (const { name, node, output } of results) {
    const made = outputsOf(node);
    const artifact = made?.outputs.get(output);
    if (made === undefined || artifact === undefined) continue;
    const { kind, digest, bytes } = artifact;
    const value =
      kind === 'json' && bytes <= SHOWN_BYTES
        ? { value: JSON.parse(Buffer.from(cache.read(artifact)).toString()) as CanonicalValue }
        : {};
    values.push({ name, node: made.id, output, kind, digest, bytes, ...value });
  }
  return values;
}

const NO_COUNTS: Readonly<Record<VisitOutcome, number>> = { hit: 0, 'cut-off': 0, ran: 0, failed: 0, skipped: 0 };
