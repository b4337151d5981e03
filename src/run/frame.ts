/** The beginning and the end that every run has: on record, and for the listeners. */
import type { RunEvent } from '../events.ts';
import type { OpenIdleWork } from '../execution/scheduling/idle-work.ts';
import type { Cache } from '../store/cache.ts';
import { fileSystemOf } from '../store/files/file-system.ts';
import { environmentFacts, type GitState } from '../identity/environment/environment.ts';
import type { Plan } from '../planning/plan/plan.ts';
import type { ClusterCompute } from './cluster-compute.ts';
import type { OpenRunRemote, RunRemote } from './run-remote.ts';
import type { Preparations } from './preparations.ts';
import type { ResolvedRun, RunReport } from './request.ts';

/** The parts that a run needs from its beginning to its end. */
export interface RunFrame {
  readonly cache: Cache;
  readonly request: ResolvedRun;
  readonly git: GitState | null;
  /** When the command began: by the clock, in milliseconds since 1970, and by the monotonic clock, in milliseconds. */
  readonly beganAt: number;
  readonly monotonicStart: number;
  /** The activities before the run had a number. */
  readonly preparations: Preparations;
  readonly emit: (event: RunEvent) => void;
  readonly aids: RunAids;
}

/** The frame of a run whose plan may ask hosts of a cluster. */
export interface ClusterFrame extends RunFrame {
  readonly elsewhere: ClusterCompute;
}

/** What a run may have besides its request, from rooms above this one. */
export interface RunAids {
  /** What slots do that the run leaves idle. */
  readonly openIdleWork?: OpenIdleWork | undefined;
  readonly openRemote?: OpenRunRemote | undefined;
  /** Puts on record what belongs to a run that has its end. @returns other runs that go to the remote with it */
  readonly onEnd?: (cache: Cache, run: number) => Promise<readonly number[]>;
}

/** Opens a run of this plan on record and returns its number. */
export function begin(frame: RunFrame, plan: Plan): number {
  const { cache, request, git, preparations, emit, beganAt: startedAt } = frame;
  const { pipeline, params, nodes, steps, results } = plan;
  const { project, argv, seed, jobs } = request;
  const backend = plan.backend?.name ?? 'none';
  const environment = environmentFacts();
  const { source } = project;
  const run = cache.record.runs.begin({
    pipeline,
    source,
    argv,
    params,
    seed,
    backend,
    jobs,
    git,
    environment,
    results: results.map(({ name, node, output }) => ({ name, node: nodes[node]!.id, output })),
    startedAt,
  });
  for (const phase of preparations.end()) cache.record.runs.phase(run, phase);
  const counts = new Map<string, { nodes: number; executes: boolean }>();
  let taken = 0;
  for (let index = 0; index < nodes.length; index++) {
    const { stage } = nodes[index]!;
    const { status } = steps[index]!;
    if (status === 'excluded') continue;
    taken += 1;
    const count = counts.get(stage);
    if (count === undefined) counts.set(stage, { nodes: 1, executes: status !== 'hit' });
    else {
      count.nodes += 1;
      count.executes ||= status !== 'hit';
    }
  }
  // Only stages that may execute need an expected duration.
  const secondsOf = (stage: string, executes: boolean): number | null =>
    executes ? (cache.query.costs.of(stage)?.seconds ?? null) : null;
  const stages = [...counts].map(([stage, count]) => ({
    stage,
    nodes: count.nodes,
    seconds: secondsOf(stage, count.executes),
  }));
  const experiment = plan.experiment === undefined ? {} : { experiment: plan.experiment };
  emit({ type: 'run-started', at: startedAt, run, pipeline, nodes: taken, stages, seed, jobs, backend, ...experiment });
  for (const text of plan.notices ?? []) emit({ type: 'notice', at: Date.now(), text });
  warnOfNetwork(cache, emit);
  return run;
}

/** Warns of a network file system. If the kind of file system is unknown, it stays silent: `doctor` reports that. */
function warnOfNetwork({ directory }: Cache, emit: (event: RunEvent) => void): void {
  const { name, network } = fileSystemOf(directory);
  if (network !== 'yes' && name !== 'FUSE') return;
  const kind = network === 'yes' ? 'a network file system' : 'FUSE, which may hide a network file system';
  const text = `The cache ${directory} is on ${kind}: use it from one host at a time.`;
  emit({ type: 'notice', at: Date.now(), text });
}

export type Ending = Omit<RunReport, 'run' | 'seconds' | 'cacheDirectory' | 'remote'>;

export async function end(
  { cache, beganAt, monotonicStart, emit, aids }: RunFrame,
  run: number,
  ending: Ending,
  remote?: RunRemote,
): Promise<RunReport> {
  const seconds = (performance.now() - monotonicStart) / 1000;
  // By the monotonic clock, as in the report: `log` then shows the seconds that the run reported.
  cache.record.runs.end(run, ending.outcome, beganAt + 1000 * seconds);
  await cache.record.flush();
  const others = (await aids.onEnd?.(cache, run)) ?? [];
  const { outcome, counts, savedSeconds } = ending;
  const traffic = remote === undefined ? {} : { remote: await remote.finish([...others, run]) };
  emit({ type: 'run-finished', at: Date.now(), run, outcome, seconds, counts, savedSeconds, ...traffic });
  return { ...ending, ...traffic, run, seconds, cacheDirectory: cache.directory };
}
