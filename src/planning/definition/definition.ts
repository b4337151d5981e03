/**
 * A pipeline's definition: its graph and its stages' code.
 *
 * Three things are memoised: the bundled definition, the graph for given parameters, and the stages' bundles. Each is
 * valid while the files that it was bundled from are unchanged and imports still resolve to them; the graph also needs
 * unchanged values of the environment variables that `build` read. By rule, `build` reads no files, so none are
 * checked. A run in which nothing changed therefore loads neither esbuild nor the pipeline.
 */
import { oneOfEachStage } from '../../core/graph/graph.ts';
import { type DependencyList, mergeDependencies } from '../../identity/dependency-list.ts';
import type { Cache } from '../../store/cache.ts';
import type { Begins } from './begins.ts';
import { installedPackages } from './installed-packages.ts';
import { type GraphRequest, type LoadedGraph, loadGraph } from './load-graph.ts';
import { loadStageCode, type StageCode } from './stage-code.ts';

export interface Definition extends Omit<LoadedGraph, 'files'> {
  readonly codes: ReadonlyMap<string, StageCode>;
  /** Every file that graph and codes depend on; undefined while one of them is being edited. */
  readonly files: DependencyList | undefined;
}

/** @throws DefinitionError, ParamError */
export async function loadDefinition(cache: Cache, request: GraphRequest, begins?: Begins): Promise<Definition> {
  const installed = installedPackages(cache);
  const { files, ...loaded } = await loadGraph(cache, request, begins, installed);
  const stages = oneOfEachStage(loaded.graph)
    .map(({ stage }) => stage)
    .sort();
  const code = await loadStageCode(cache, request.project, stages, begins, installed);
  return {
    ...loaded,
    codes: new Map(code.stages.map((stage) => [stage.stage, stage])),
    files: files === undefined || code.files === undefined ? undefined : mergeDependencies(files, code.files),
  };
}
