/** What a study is on record, besides the runs of its branches. */
import type { RunResult } from '../../store/record/facts.ts';
import { changesFrom } from './branch-changes.ts';
import type { StudyRun } from './study-graph.ts';
import type { Study } from './study.ts';

/** A branch on a cumulative path. */
export interface PathStep {
  readonly branch: string;
  /** The parameters in which it differs from the step before, as `path=value`; none of the first. */
  readonly changes: readonly string[];
}

export interface StudyDefinition {
  /** The base first. */
  readonly branches: readonly {
    readonly name: string;
    readonly parent: string | null;
    /** The parameters in which it differs from the base, as `path=value`. */
    readonly changes: readonly string[];
    /** What its results are. A restage that did not count unfinished branches has not recorded them. */
    readonly results?: readonly RunResult[];
  }[];
  /** A restage that did not compare steps has not recorded them. */
  readonly paths?: readonly (readonly PathStep[])[];
  readonly seeds: readonly number[];
  readonly metrics: Study['metrics'];
}

export function definitionOf({ branches, paths, seeds, metrics }: Study, runs: readonly StudyRun[]): StudyDefinition {
  const graphs = new Map(branches.map(({ name }, index) => [name, runs[index * seeds.length]!.graph]));
  const base = runs[0]!.graph;
  return {
    branches: branches.map(({ name, parent }) => {
      const graph = graphs.get(name)!;
      const results = graph.results.map((result) => ({ ...result, node: graph.nodes[result.node]!.id }));
      return { name, parent, changes: changesFrom(base, graph), results };
    }),
    paths: paths.flatMap((path) => {
      // A step that is the same as another branch is left out.
      const steps = path.filter((branch) => graphs.has(branch));
      const changes = (step: number): readonly string[] =>
        step === 0 ? [] : changesFrom(graphs.get(steps[step - 1]!)!, graphs.get(steps[step]!)!);
      return steps.length < 2 ? [] : [steps.map((branch, step) => ({ branch, changes: changes(step) }))];
    }),
    seeds,
    metrics,
  };
}
