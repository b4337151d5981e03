/** Runs a study: all of its branches with all of its seeds as one graph, in one run; then each of them is on record. */
import { machineDevices } from '../../identity/compute/machine-devices.ts';
import type { Planning } from '../../run/run.ts';
import type { RunAids } from '../../run/frame.ts';
import { runAs } from '../../run/run.ts';
import { prepareDefinition } from '../../planning/plan/prepared-run.ts';
import { resolveRun, type RunReport, type RunRequest } from '../../run/request.ts';
import type { StudyBranchRun } from '../../store/record/studies.ts';
import { recordBranches } from './branch-runs.ts';
import { forecastStudy, type StudyForecast } from './forecast.ts';
import { loadStudy } from '../definition/load-study.ts';
import type { PlannedStudy } from '../definition/planned-study.ts';
import { outlineOf } from '../definition/outline.ts';
import { recordEffects } from '../results/record-effects.ts';
import { StudyProgress } from './run-progress.ts';
import type { Sweep } from '../definition/sweep.ts';
import { studyGraph } from '../definition/study-graph.ts';
import { studyPipeline } from '../definition/study.ts';

export interface StudyRequest extends Omit<RunRequest, 'overrides' | 'params' | 'layers' | 'seed'> {
  readonly sweep: Sweep;
  /** Called with the plan, before anything runs. */
  readonly onPlanned?: (planned: PlannedStudy, forecast: StudyForecast) => void;
}

export interface StudyReport extends PlannedStudy {
  /** Of the study's own run. */
  readonly report: RunReport;
  readonly branchRuns: readonly StudyBranchRun[];
}

/**
 * Makes the plan of a study. Its results are those of its branches, each of which has a run of its own. @throws
 * RestageError
 */
export async function planStudy(
  sweep: Sweep,
  ...[cache, request, search, begins]: Parameters<Planning>
): Promise<PlannedStudy> {
  const tell = begins ?? (() => undefined);
  const loaded = await loadStudy(cache, request.project, sweep, tell);
  const graph = await studyGraph(cache, loaded, request.workingDirectory, tell);
  const { definition, runs, branches } = graph;
  const study = { ...loaded, branches };
  // References to earlier results mean those of the pipeline.
  const prepared = await prepareDefinition(cache, { ...request, project: study.project }, definition, search, begins);
  return {
    study,
    definition,
    runs,
    prepared: { ...prepared, pipeline: studyPipeline(study), results: [], experiment: outlineOf(study, graph) },
  };
}

/**
 * All branches with the first seed, then with the next one: the rank of a node is that of the first run that has it.
 */
function seedBySeed(
  { seeds, branches }: PlannedStudy['study'],
  runs: PlannedStudy['runs'],
  nodes: number,
): Uint32Array {
  const ranks = new Uint32Array(nodes).fill(runs.length);
  for (const [index, { positions }] of runs.entries()) {
    const rank = (index % seeds.length) * branches.length + Math.floor(index / seeds.length);
    for (const node of positions) ranks[node] = Math.min(ranks[node]!, rank);
  }
  return ranks;
}

/** The plan of a study as that of a run. */
export function studyPlanning(sweep: Sweep): Planning {
  return async (...request) => {
    const { prepared } = await planStudy(sweep, ...request);
    return { plan: prepared, prepared };
  };
}

/**
 * A stage that fails does not throw: the branches that need it are missing in the report.
 * @throws RestageError if the request, the experiment or the cache is wrong; nothing has run then
 */
export async function runStudy(
  request: StudyRequest,
  probe = machineDevices,
  aids: Pick<RunAids, 'openRemote'> = {},
): Promise<StudyReport> {
  let branchRuns: readonly StudyBranchRun[] = [];
  let planned: PlannedStudy | undefined;
  const report = await runAs(
    request,
    async (cache, resolved, search, begins) => {
      planned = await planStudy(request.sweep, cache, resolved, search, begins);
      request.onPlanned?.(planned, forecastStudy(planned, cache.query.costs.onceEach()));
      const { study, runs, prepared } = planned;
      // Where a limit may end it, whole pairs come first; elsewhere, what takes the longest.
      const ranked =
        request.limits === undefined
          ? prepared
          : { ...prepared, ranks: seedBySeed(study, runs, prepared.steps.length) };
      const progress = new StudyProgress(cache, study, { ...planned, branches: study.branches });
      return { plan: ranked, prepared: ranked, followedBy: progress.completedBy };
    },
    probe,
    {
      ...aids,
      async onEnd(cache, run) {
        branchRuns = await recordBranches(cache, resolveRun(request), planned!, run);
        await cache.record.flush();
        // What goes to a remote has the tables too.
        const study = aids.openRemote && cache.query.studies.of(run);
        if (study !== undefined) await recordEffects(cache, study);
        return branchRuns.flatMap((branch) => branch.run ?? []);
      },
    },
  );
  return { ...planned!, report, branchRuns };
}
