/** The graph of a pipeline and its cache directory, for verbs that look at the definition without running it. */
import type { Graph } from '../core/graph/graph.ts';
import { loadGraph } from '../planning/definition/definition.ts';
import { locate } from '../planning/request/project.ts';
import type { PipelineRequest } from '../planning/request/request.ts';
import { Cache } from '../store/cache.ts';

export interface Defined {
  readonly graph: Graph;
  readonly cacheDirectory: string;
}

/** @throws UsageError, DefinitionError, ParamError, CacheError */
export async function define(request: PipelineRequest): Promise<Defined> {
  const { project, workingDirectory, cacheDirectory } = locate(request);
  const cache = Cache.open(cacheDirectory);
  try {
    const { graph } = await loadGraph(cache, project, request.overrides ?? [], workingDirectory);
    return { graph, cacheDirectory };
  } finally {
    cache.close();
  }
}
