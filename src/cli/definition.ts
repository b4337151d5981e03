/** The graph of a pipeline and its cache directory, for verbs that look at the definition without running it. */
import type { Graph } from '../core/graph/graph.ts';
import { loadGraph } from '../planning/definition/load-graph.ts';
import { resolveRequest } from '../planning/request/resolve-request.ts';
import type { PipelineRequest } from '../planning/request/request.ts';
import { Cache } from '../store/cache.ts';

export interface Defined {
  readonly graph: Graph;
  readonly cacheDirectory: string;
}

/** @throws UsageError, DefinitionError, ParamError, CacheError */
export async function define(request: PipelineRequest): Promise<Defined> {
  const resolved = resolveRequest(request);
  const { cacheDirectory } = resolved;
  const cache = Cache.open(cacheDirectory);
  try {
    const { graph } = await loadGraph(cache, resolved);
    return { graph, cacheDirectory };
  } finally {
    cache.close();
  }
}
