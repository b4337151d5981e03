/** From a pipeline's file and its parameters to its graph, by way of the bundled definition. */
import { dirname } from 'node:path';
import type { Graph } from '../../core/graph/graph.ts';
import { bundleDefinition } from '../../identity/code/bundle.ts';
import { isIntact, writeExecutable } from '../../identity/code/executables.ts';
import { listDependencies } from '../../identity/dependency-list.ts';
import {
  type EnvironmentReads,
  isSameEnvironment,
  recordingReads,
} from '../../identity/environment/environment-reads.ts';
import type { Cache } from '../../store/cache.ts';
import { type Project, withLockFile } from '../request/project.ts';
import type { ResolvedRequest } from '../request/resolve-request.ts';
import { byAuthor } from './author-error.ts';
import { importPipeline } from './import-pipeline.ts';
import { memoKey } from './memo-key.ts';
import { memoised, remembered, type WithFiles } from './memoised.ts';

/** What a graph depends on: which pipeline, with which parameters, from where. */
export type GraphRequest = Pick<ResolvedRequest, 'project' | 'overrides' | 'workingDirectory'>;

export interface LoadedGraph extends WithFiles {
  readonly graph: Graph;
  /** Environment variables that the pipeline's own code read. */
  readonly env: EnvironmentReads;
}

/** The graph alone, without the stages' code. @throws DefinitionError, ParamError */
export async function loadGraph(cache: Cache, request: GraphRequest): Promise<LoadedGraph> {
  const { project, overrides, workingDirectory } = request;
  return memoised(
    cache,
    'graph',
    questionOf(request),
    async () => {
      const { executable, files } = await bundled(cache, project);
      const imported = await importPipeline(executable, project);
      const place = { directory: dirname(project.entry), workingDirectory };
      // Parameters load zod, which a graph that is known can do without.
      const { instantiate } = await import('../../core/graph/instantiate.ts');
      const built = await recordingReads(() =>
        byAuthor(project, () => instantiate(imported.pipeline, overrides, place)),
      );
      return { graph: built.result.graph, files, env: [...imported.env, ...built.reads] };
    },
    ({ env }) => isSameEnvironment(env),
  );
}

/**
 * The graph for the pipeline's own parameters as it was last built, which may be out of date: for suggestions, where an
 * old answer is better than a late one. Runs nothing.
 */
export function rememberedGraph(
  cache: Cache,
  request: Pick<GraphRequest, 'project' | 'workingDirectory'>,
): Graph | undefined {
  return remembered<LoadedGraph>(cache, memoKey('graph', questionOf({ ...request, overrides: [] })))?.graph;
}

function questionOf({ project, overrides, workingDirectory }: GraphRequest): readonly unknown[] {
  return [project.entry, overrides, workingDirectory];
}

interface BundleMemo extends WithFiles {
  readonly executable: string;
}

async function bundled(cache: Cache, project: Project): Promise<BundleMemo> {
  return memoised(
    cache,
    'definition',
    [project.entry],
    async (startedAt) => {
      const { text, map, files, resolved } = await bundleDefinition(project.entry);
      return {
        executable: writeExecutable(cache.directory, text, map),
        files: listDependencies(cache.memos, withLockFile(project, files), resolved, startedAt),
      };
    },
    ({ executable }) => isIntact(executable),
  );
}
