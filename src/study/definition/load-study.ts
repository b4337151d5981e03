/**
 * Loads what is studied: an experiment's file and the pipeline that it is about, or a pipeline with swept parameters.
 */
import { dirname, relative, resolve } from 'node:path';
import { type Experiment, isExperiment } from '../../core/authoring/experiment.ts';
import { overrideLayers } from '../../core/params/override.ts';
import { settingOfUnknown } from '../../core/params/setting.ts';
import { DefinitionError, UsageError } from '../../errors.ts';
import type { Begins } from '../../planning/definition/begins.ts';
import { bundled } from '../../planning/definition/bundled.ts';
import { importPipeline, importStudied } from '../../planning/definition/import-pipeline.ts';
import { findProject, type Project } from '../../planning/request/project.ts';
import type { Cache } from '../../store/cache.ts';
import { branchCount, MOST_RUNS, partedOverrides, type Sweep, sweepBranches } from './sweep.ts';
import type { Study, StudyBranch } from './study.ts';

/** @param file of the experiment or the pipeline. @throws DefinitionError, ParamError, UsageError */
export async function loadStudy(cache: Cache, file: Project, sweep: Sweep, begins: Begins): Promise<Study> {
  const { executable, modules } = await bundled(cache, file, begins);
  const studied = await importStudied(executable, file, modules);
  if (!isExperiment(studied)) return sweepOf(cache, file, sweep, begins);
  const project = pipelineOf(studied, file);
  const { pipeline, env } = await loadPipeline(cache, project, begins);
  if (pipeline.name !== studied.pipeline.name)
    throw new DefinitionError(
      `Experiment ${studied.name} is about the pipeline ${studied.pipeline.name}, but ${project.source} has ${pipeline.name}; name the pipeline's file with file: './its-name.ts', relative to ${file.source}.`,
    );
  const { swept } = partedOverrides(sweep.overrides);
  if (swept.length > 0)
    throw new UsageError(
      `-S ${swept[0]!.path} has several values, but ${file.source} says which branches there are; write path:="a,b" for one text, or name the pipeline instead of the experiment.`,
    );
  const seeds = sweep.seeds ?? studied.seeds;
  const branches = branchesOf(studied, sweep);
  if (branches.length === 1)
    throw new DefinitionError(
      `Experiment ${studied.name} has no branch besides the base, so there is nothing to compare; give branches: (base) => [base.with({ ... })].`,
    );
  confirm(branches.length * seeds.length, sweep);
  return {
    name: studied.name,
    pipeline,
    project,
    branches,
    paths: studied.paths,
    seeds,
    metrics: { ...studied.metrics, ...sweep.metrics },
    env,
  };
}

async function loadPipeline(cache: Cache, project: Project, begins: Begins) {
  const { executable, modules } = await bundled(cache, project, begins);
  return importPipeline(executable, project, modules);
}

/** @throws UsageError for a sweep without several values or without a metric */
async function sweepOf(cache: Cache, project: Project, sweep: Sweep, begins: Begins): Promise<Study> {
  const { overrides, seeds = [0], metrics } = sweep;
  const { swept } = partedOverrides(overrides);
  if (swept.length === 0)
    throw new UsageError(
      `${project.source} is a pipeline, and no parameter has several values; give them as -S path=a,b, or name the file of an experiment.`,
    );
  if (Object.keys(metrics).length === 0)
    throw new UsageError(
      'A sweep needs a number by which its branches are judged; give one as --metric score.ams:higher.',
    );
  confirm((1 + branchCount(overrides)) * seeds.length, sweep);
  const { pipeline, env } = await loadPipeline(cache, project, begins);
  return { name: 'sweep', pipeline, project, branches: sweepBranches(sweep), paths: [], seeds, metrics, env };
}

/** @throws UsageError naming the count */
function confirm(runs: number, { isConfirmed }: Sweep): void {
  if (runs > MOST_RUNS && !isConfirmed)
    throw new UsageError(
      `This makes ${runs.toLocaleString('en')} runs, branches times seeds; if that is what you mean, add --yes.`,
    );
}

/** @throws DefinitionError */
function pipelineOf({ name, file = '.' }: Experiment, { entry, root, source }: Project): Project {
  const path = resolve(dirname(entry), file);
  try {
    const project = findProject(path, root);
    if (project.entry !== entry) return project;
  } catch (cause) {
    throw new DefinitionError(
      `The pipeline of experiment ${name} is not at ${relative(root, path) || '.'}; name its file with file: './its-name.ts', relative to ${source}.`,
      { cause },
    );
  }
  throw new DefinitionError(
    `Experiment ${name} is in the file where its pipeline is looked for; put it into a file of its own beside ${source}, or name the pipeline's file with file: './its-name.ts'.`,
  );
}

/** What the command line sets is over the base, and below what each branch changes. @throws ParamError */
function branchesOf(experiment: Experiment, { layers, overrides }: Sweep): readonly StudyBranch[] {
  return experiment.branches.map(({ name, parent, patches, isCombination }) => {
    const [base, ...own] = patches.map((patch) => ({
      source: `branch ${name}`,
      setting: settingOfUnknown(patch, `branch ${name} of experiment ${experiment.name}`),
    }));
    const all = [base!, ...layers, ...overrideLayers(overrides), ...own];
    return { name, parent: parent?.name ?? null, layers: all, isCombination };
  });
}
