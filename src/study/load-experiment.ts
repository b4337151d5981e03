/** Loads an experiment's file and the pipeline that it is about. */
import { dirname, relative, resolve } from 'node:path';
import type { Experiment } from '../core/authoring/experiment.ts';
import { settingOfUnknown } from '../core/params/setting.ts';
import { DefinitionError } from '../errors.ts';
import type { Begins } from '../planning/definition/begins.ts';
import { bundled } from '../planning/definition/bundled.ts';
import { importExperiment, importPipeline } from '../planning/definition/import-pipeline.ts';
import { findProject, type Project } from '../planning/request/project.ts';
import type { Cache } from '../store/cache.ts';
import type { Study, StudyBranch } from './study.ts';

/** @param file where the experiment is. @throws DefinitionError */
export async function loadExperiment(cache: Cache, file: Project, begins: Begins): Promise<Study> {
  const { executable, modules } = await bundled(cache, file, begins);
  const experiment = await importExperiment(executable, file, modules);
  if (experiment === undefined)
    throw new DefinitionError(
      `${file.source} has no experiment as its default export; write "export default experiment({...})" in a file beside the pipeline.`,
    );
  const project = pipelineOf(experiment, file);
  const definition = await bundled(cache, project, begins);
  const { pipeline, env } = await importPipeline(definition.executable, project, definition.modules);
  if (pipeline.name !== experiment.pipeline.name)
    throw new DefinitionError(
      `Experiment ${experiment.name} is about the pipeline ${experiment.pipeline.name}, but ${project.source} has ${pipeline.name}; name the pipeline's file with file: './its-name.ts', relative to ${file.source}.`,
    );
  const { name, seeds, metrics } = experiment;
  return { name, pipeline, project, branches: branchesOf(experiment), seeds, metrics, env };
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

/** @throws ParamError for values that no parameter can have */
function branchesOf(experiment: Experiment): readonly StudyBranch[] {
  return experiment.branches.map(({ name, parent, patches }) => ({
    name,
    parent: parent?.name ?? null,
    layers: patches.map((patch) => ({
      source: `branch ${name}`,
      setting: settingOfUnknown(patch, `branch ${name} of experiment ${experiment.name}`),
    })),
  }));
}
