/** Where things are: the pipeline's file, its project, its cache directory. */
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { DefinitionError, UsageError } from '../../errors.ts';
import { projectRoot } from '../../identity/environment/package-root.ts';
import { entryIn, oneOf, pipelineHint, pipelinesBelow } from './find-pipelines.ts';

export interface Project {
  /** Directory of the nearest package.json: npm packages are resolved from here. */
  readonly root: string;
  /** The pipeline's file, absolute, with links resolved: memos are stored under it, and a link may change. */
  readonly entry: string;
  /** The same, relative to the root, with forward slashes: the recorded form. */
  readonly source: string;
}

/** Finds the pipeline that a folder or file names. @throws UsageError, DefinitionError */
export function findProject(pipeline: string, workingDirectory: string): Project {
  if (pipeline.trim() === '')
    throw new UsageError('The name of the pipeline is empty; give a folder or a file, or leave it out.');
  const path = resolve(workingDirectory, pipeline);
  if (!existsSync(path)) throw new UsageError(noPipeline(pipeline, path, workingDirectory));
  const file = statSync(path).isDirectory() ? entryIn(path) : path;
  if (file === undefined) throw new UsageError(noEntry(pipeline, path));
  const entry = realpathSync(file);
  if (!/\.(m?[jt]s|tsx|jsx)$/.test(entry))
    throw new UsageError(
      `${pipeline} is not a pipeline: a pipeline is a TypeScript or JavaScript file, or a folder with one.`,
    );
  const root = projectRoot(dirname(entry));
  if (root === undefined)
    throw new DefinitionError(
      `There is no package.json above ${entry}, so its packages cannot be found; make one with "npm init" and install restage there.`,
    );
  return { root, entry, source: relative(root, entry).replaceAll('\\', '/') };
}

/** `cache/` beside the project's package.json, unless the request names another directory. */
export function cacheDirectoryOf(root: string, asked: string | undefined, workingDirectory: string): string {
  return asked === undefined ? join(root, 'cache') : resolve(workingDirectory, asked);
}

function noPipeline(asked: string, path: string, workingDirectory: string): string {
  const found = pipelinesAround(workingDirectory);
  const hint = pipelineHint(asked, found);
  const advice =
    hint !== '' || found.length === 0 ? 'name a folder or a file' : `the pipeline comes first, here ${oneOf(found)}`;
  return `There is no pipeline at ${asked}: ${path} does not exist${hint}; ${advice}.`;
}

/** The pipelines below the directory or, if there are none, elsewhere in its project; all relative to it. */
export function pipelinesAround(directory: string): readonly string[] {
  const below = pipelinesBelow(directory);
  const root = projectRoot(directory);
  if (below.length > 0 || root === undefined || root === directory) return below;
  return pipelinesBelow(root).map((path) => relative(directory, join(root, path)));
}

function noEntry(asked: string, folder: string): string {
  const below = pipelinesBelow(folder).map((path) => join(asked, path));
  return below.length === 0
    ? `The folder ${asked} holds no pipeline; it needs an index.ts whose default export is one.`
    : `The folder ${asked} itself holds no pipeline; name ${oneOf(below)}.`;
}
