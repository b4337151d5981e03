/** Turns a pipeline's file and its parameters into its graph, through the bundled definition. */
import { dirname } from 'node:path';
import type { Graph } from '../../core/graph/graph.ts';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { ParameterOutline } from '../../core/params/outline.ts';
import type { Digest } from '../../core/identity/digest.ts';
import { areUnchanged } from '../../identity/dependency-list.ts';
import { isSameEnvironment, recordingReads } from '../../identity/environment/environment-reads.ts';
import type { Cache } from '../../store/cache.ts';
import type { ResolvedRequest } from '../request/resolve-request.ts';
import { byAuthor } from './author-error.ts';
import { bundled } from './bundled.ts';
import type { Begins } from './begins.ts';
import type { InstalledPackages } from './installed-packages.ts';
import { importPipeline } from './import-pipeline.ts';
import { memoKey } from './memo-key.ts';
import { type GraphBasis, keepGraph, keptGraph, nodeTexts } from './graph-memo.ts';

/** The things that a graph depends on: which pipeline, with which parameters, from which directory. */
export type GraphRequest = Pick<ResolvedRequest, 'project' | 'layers' | 'workingDirectory'>;

export interface LoadedGraph extends GraphBasis {
  readonly graph: Graph;
  /** The definition of each node: see `nodeTexts`. */
  readonly texts: readonly string[];
  /** Key of the memo with these texts; undefined if nothing is memoised because a file is being edited. */
  readonly textsKey: Digest | undefined;
}

/** Loads only the graph, without the stages' code. @throws DefinitionError, ParamError */
export async function loadGraph(
  cache: Cache,
  request: GraphRequest,
  begins: Begins = () => undefined,
  installed?: InstalledPackages,
): Promise<LoadedGraph> {
  const { project, layers, workingDirectory } = request;
  const key = memoKey('graph', questionOf(request));
  const kept = keptGraph(cache, key);
  if (kept?.files !== undefined && areUnchanged(cache.memos, kept.files) && isSameEnvironment(kept.env)) return kept;
  const { executable, files, modules } = await bundled(cache, project, begins, installed);
  const imported = await importPipeline(executable, project, modules);
  const place = { directory: dirname(project.entry), workingDirectory };
  // Parameters load zod, which a known graph does not need.
  const { instantiate } = await import('../../core/graph/instantiate.ts');
  const built = await recordingReads(() => byAuthor(project, () => instantiate(imported.pipeline, layers, place)));
  const { graph } = built.result;
  const texts = nodeTexts(graph);
  const basis = { files, env: [...imported.env, ...built.reads] };
  const textsKey = files === undefined ? undefined : keepGraph(cache, key, graph, texts, basis);
  return { graph, texts, textsKey, ...basis };
}

/**
 * The latest built graph for the pipeline's default parameters, which may be out of date. It serves suggestions, where
 * an old answer is better than a late one. Runs nothing.
 */
export function rememberedGraph(
  cache: Cache,
  request: Pick<GraphRequest, 'project' | 'workingDirectory'>,
): Graph | undefined {
  return keptGraph(cache, memoKey('graph', questionOf({ ...request, layers: [] })))?.graph;
}

function questionOf({ project, layers, workingDirectory }: GraphRequest): readonly unknown[] {
  return [project.entry, layers, workingDirectory];
}

/**
 * The pipeline's parameters as its schema declares them, and the values that they have if none is given. @throws
 * DefinitionError
 */
export async function loadParameters(
  cache: Cache,
  { project }: Pick<GraphRequest, 'project'>,
): Promise<DeclaredParameters> {
  const { executable, modules } = await bundled(cache, project, () => undefined);
  const { pipeline } = await importPipeline(executable, project, modules);
  const { defaultsOf, outlineOf } = await import('../../core/params/outline.ts');
  return byAuthor(project, () => ({
    pipeline: pipeline.name,
    outline: outlineOf(pipeline.params),
    defaults: defaultsOf(pipeline.params),
  }));
}

export interface DeclaredParameters {
  /** The pipeline's name. */
  readonly pipeline: string;
  readonly outline: readonly ParameterOutline[];
  readonly defaults: CanonicalValue;
}
