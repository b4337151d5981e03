/** A study as one graph: every branch with every seed, where what several of them share is one node. */
import { dirname } from 'node:path';
import { type Part, unionOf } from '../../core/graph/union.ts';
import type { Graph } from '../../core/graph/graph.ts';
import { DefinitionError } from '../../errors.ts';
import { recordingReads } from '../../identity/environment/environment-reads.ts';
import { byAuthor } from '../../planning/definition/author-error.ts';
import type { Begins } from '../../planning/definition/begins.ts';
import type { Definition } from '../../planning/definition/definition.ts';
import { nodeTexts } from '../../planning/definition/graph-memo.ts';
import { loadStageCode } from '../../planning/definition/stage-code.ts';
import type { Cache } from '../../store/cache.ts';
import { runName, type Study, type StudyBranch } from './study.ts';

/** One branch with one seed. */
export interface StudyRun {
  readonly branch: StudyBranch;
  readonly seed: number;
  readonly graph: Graph;
  /** The position of each of its nodes in the graph of the study. */
  readonly positions: Uint32Array;
}

export interface StudyGraph {
  readonly definition: Definition;
  /** Those of the study that differ from each other. */
  readonly branches: readonly StudyBranch[];
  /** Branch by branch, the base first, and within each by seed. */
  readonly runs: readonly StudyRun[];
}

/** @throws DefinitionError, ParamError */
export async function studyGraph(
  cache: Cache,
  study: Study,
  workingDirectory: string,
  begins: Begins,
): Promise<StudyGraph> {
  const { instantiate } = await import('../../core/graph/instantiate.ts');
  const { project, pipeline, seeds } = study;
  const place = { directory: dirname(project.entry), workingDirectory };
  const built: Built[] = [];
  const env = [...study.env];
  for (const branch of study.branches) {
    const { layers } = branch;
    const { result, reads } = await recordingReads(() => byAuthor(project, () => instantiate(pipeline, layers, place)));
    built.push({ branch, graph: result.graph });
    env.push(...reads);
  }
  const different = withoutSame(study, built);
  const branches = different.map(({ branch }) => branch);
  const graphs = different.map(({ graph }) => graph);
  const parts = branches.flatMap(({ name }, index) =>
    seeds.map((seed): Part => ({ name: runName(name, seed), seed, graph: graphs[index]! })),
  );
  const { graph, positions } = unionOf(pipeline.name, parts);
  const stages = [...new Set(graph.nodes.map(({ stage }) => stage))].sort();
  const { stages: codes } = await loadStageCode(cache, project, stages, begins);
  return {
    branches,
    definition: {
      graph,
      texts: nodeTexts(graph),
      textsKey: undefined,
      env,
      codes: new Map(codes.map((code) => [code.stage, code])),
      // Nothing remembers the plan: a study is planned again each time.
      files: undefined,
    },
    runs: parts.map((part, index) => ({
      branch: branches[Math.floor(index / seeds.length)]!,
      seed: part.seed,
      graph: part.graph,
      positions: positions[index]!,
    })),
  };
}

interface Built {
  readonly branch: StudyBranch;
  readonly graph: Graph;
}

/** @throws DefinitionError for two branches that build the same graph, unless one of them is a combination */
function withoutSame({ name }: Study, built: readonly Built[]): readonly Built[] {
  const seen = new Map<string, string>();
  return built.filter(({ branch, graph }) => {
    const nodes = graph.nodes.map(({ id, stage, params, inputs, seedKey }) => [id, stage, params, inputs, seedKey]);
    const text = JSON.stringify(nodes);
    const same = seen.get(text);
    if (same === undefined) seen.set(text, branch.name);
    else if (!branch.isCombination)
      throw new DefinitionError(
        `The branches ${same} and ${branch.name} of experiment ${name} are the same: their parameters make the same nodes; leave one of them out.`,
      );
    return same === undefined;
  });
}
