/** Imports a bundled pipeline or experiment, and notes which environment variables its modules read. */
import { pathToFileURL } from 'node:url';
import { sha256 } from '../../core/identity/digest.ts';
import { type Experiment, isExperiment } from '../../core/authoring/experiment.ts';
import { type AnyPipeline, isPipeline } from '../../core/authoring/pipeline.ts';
import { isStage } from '../../core/authoring/stage.ts';
import { DefinitionError } from '../../errors.ts';
import {
  type EnvironmentReads,
  isSameEnvironment,
  recordingReads,
} from '../../identity/environment/environment-reads.ts';
import type { Project } from '../request/project.ts';
import { byAuthor } from './author-error.ts';
import { LoadedModules, type ModuleContent } from './loaded-modules.ts';

export interface ImportedPipeline {
  readonly pipeline: AnyPipeline;
  /** The environment variables that its modules read on import, which happens once. */
  readonly env: EnvironmentReads;
}

type Exports = Readonly<Record<string, unknown>> & { readonly default?: unknown };

interface Imported {
  readonly exports: Exports;
  readonly env: EnvironmentReads;
}

/** By executable: a process imports a module once, and builds its export for many parameters. */
const imported = new Map<string, Imported>();
const loadedModules = new LoadedModules();

/** @param modules of packages that it executes. @throws DefinitionError */
export async function importPipeline(
  executable: string,
  project: Project,
  modules: readonly ModuleContent[],
): Promise<ImportedPipeline> {
  const { exports, env } = await importExports(executable, project, modules);
  if (!isPipeline(exports.default)) throw new DefinitionError(noDefault(exports, project));
  return { pipeline: exports.default, env };
}

/** An experiment, or the pipeline that the file has instead. @throws DefinitionError if it has neither */
export async function importStudied(
  executable: string,
  project: Project,
  modules: readonly ModuleContent[],
): Promise<Experiment | AnyPipeline> {
  const { exports } = await importExports(executable, project, modules);
  if (isExperiment(exports.default) || isPipeline(exports.default)) return exports.default;
  throw new DefinitionError(
    `${project.source} has neither an experiment nor a pipeline as its default export; write "export default experiment({...})" in a file beside the pipeline.`,
  );
}

async function importExports(
  executable: string,
  project: Project,
  modules: readonly ModuleContent[],
): Promise<Imported> {
  loadedModules.note(modules);
  const known = imported.get(executable);
  if (known !== undefined && isSameEnvironment(known.env)) return known;
  const { href } = pathToFileURL(executable);
  // Under a different URL, Node evaluates it again.
  const url = known === undefined ? href : `${href}?${sha256(JSON.stringify(known.env))}`;
  const { result: exports, reads: env } = await recordingReads(() => evaluate(url, project));
  const fresh = { exports, env };
  imported.set(executable, fresh);
  return fresh;
}

async function evaluate(url: string, project: Project): Promise<Exports> {
  // Makes errors point to places in the author's files.
  process.setSourceMapsEnabled(true);
  return (await import(url).catch((error: unknown) =>
    byAuthor(project, () => {
      throw error;
    }),
  )) as Exports;
}

function noDefault(module: Readonly<Record<string, unknown>>, { source }: Project): string {
  const named = Object.keys(module).find((name) => name !== 'default' && isPipeline(module[name]));
  if (named !== undefined)
    return `${source} exports its pipeline as ${named}, but it must be the default export; write "export default ${named};".`;
  if (isExperiment(module.default))
    return `${source} is an experiment, a family of branches; run it with "restage ablate ${source}", or name its pipeline.`;
  const found =
    module['default'] === undefined ? '' : isStage(module['default']) ? ', but a stage' : ', but something else';
  return `${source} has no pipeline as its default export${found}; write "export default pipeline({...})".`;
}
