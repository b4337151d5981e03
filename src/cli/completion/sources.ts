/**
 * What completion finds around it. Parameters and nodes are those that the last run, plan or status of the pipeline
 * left in the cache; what is unavailable gives no candidates.
 */
import type { Graph } from '../../core/graph/graph.ts';
import { leavesOf } from '../../core/params/paste.ts';
import type { Cache as OpenCache } from '../../store/cache.ts';
import type { CompletionSource } from '../arguments/verb.ts';

/** What is on the command line already, and where it was typed. */
export interface Place {
  readonly positionals: readonly string[];
  readonly cache: string | undefined;
  /** The working directory. */
  readonly cwd: string;
}

export const SOURCES: Readonly<Record<CompletionSource, (place: Place) => Promise<readonly string[]>>> = {
  backends: async () => (await import('../../ml/backends/registry.ts')).backendNames(),
  files: () => Promise.resolve([':files']),
  folders: () => Promise.resolve([':folders']),
  nodes,
  outputs,
  parameters,
  pipelines,
  'recorded nodes': recorded,
  tags,
};

async function pipelines({ cwd }: Place): Promise<readonly string[]> {
  const { pipelinesAround } = await import('../../planning/request/project.ts');
  return pipelinesAround(cwd).filter((path) => path !== '.');
}

async function parameters(place: Place): Promise<readonly string[]> {
  const graph = await remembered(place);
  return graph === undefined ? [] : leavesOf(graph.params).map(({ path }) => `${path}=`);
}

async function nodes(place: Place): Promise<readonly string[]> {
  const graph = await remembered(place);
  const ids = graph === undefined ? await recorded(place) : graph.nodes.map(({ id }) => id);
  return [...new Set(ids.flatMap((id) => [id.split('@', 1)[0]!, id]))];
}

async function outputs(place: Place): Promise<readonly string[]> {
  const graph = await remembered(place);
  return graph?.nodes.flatMap(({ id, outputs: slots }) => slots.map(({ name }) => `${id}.${name}`)) ?? [];
}

/** The graph of the pipeline that is named, as its last run, plan or status saw it. */
async function remembered({ positionals: [pipeline = '.'], cache, cwd }: Place): Promise<Graph | undefined> {
  const { resolveRequest } = await import('../../planning/request/resolve-request.ts');
  const { rememberedGraph } = await import('../../planning/definition/load-graph.ts');
  const request = resolveRequest({
    pipeline,
    workingDirectory: cwd,
    ...(cache === undefined ? {} : { cacheDirectory: cache }),
  });
  return inCache(request.cacheDirectory, (open) => rememberedGraph(open, request));
}

const RECENT_RUNS = 3;
const MOST_NODES = 2000;

/** Nodes of the last runs. */
async function recorded(place: Place): Promise<readonly string[]> {
  const found = await inCache(await cacheOf(place), ({ query }) =>
    query.runs.list({ limit: RECENT_RUNS }).flatMap(({ id }) => query.visits.nodes(id, MOST_NODES)),
  );
  return [...new Set(found)];
}

async function tags(place: Place): Promise<readonly string[]> {
  return (await inCache(await cacheOf(place), ({ query }) => query.tags.list().map(({ tag }) => tag))) ?? [];
}

async function cacheOf({ cache, cwd }: Place): Promise<string> {
  const { cacheDirectoryOf } = await import('../../planning/request/project.ts');
  const { projectRoot } = await import('../../identity/environment/package-root.ts');
  return cacheDirectoryOf(projectRoot(cwd) ?? cwd, cache, cwd);
}

async function inCache<T>(directory: string, work: (cache: OpenCache) => T): Promise<T | undefined> {
  const { Cache } = await import('../../store/cache.ts');
  const cache = Cache.openToRead(directory);
  if (cache === undefined) return undefined;
  try {
    return work(cache);
  } finally {
    cache.close();
  }
}
