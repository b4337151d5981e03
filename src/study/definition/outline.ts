/**
 * What the events of an experiment's run say about it: its branches with their seeds, and which nodes each of them
 * needs.
 */
import type { ExperimentOutline } from '../../events.ts';
import type { StudyGraph } from './study-graph.ts';
import type { Study } from './study.ts';

export function outlineOf(
  { name, metrics }: Pick<Study, 'name' | 'metrics'>,
  { definition, runs }: Pick<StudyGraph, 'definition' | 'runs'>,
): ExperimentOutline {
  const users = usersOf({ definition, runs });
  return {
    name,
    runs: runs.map(({ branch, seed }) => ({ branch: branch.name, seed })),
    metrics: Object.entries(metrics).map(([metric, { better }]) => ({ name: metric, better })),
    nodes: Object.fromEntries(definition.graph.nodes.map(({ id }, position) => [id, users[position]!])),
  };
}

/** For each node of the experiment, by its position, the runs that need it, by theirs. */
export function usersOf({ definition, runs }: Pick<StudyGraph, 'definition' | 'runs'>): readonly (readonly number[])[] {
  const users = definition.graph.nodes.map((): number[] => []);
  for (const [run, { positions }] of runs.entries())
    // Two nodes of a run may be one node of the experiment.
    for (const position of new Set(positions)) users[position]!.push(run);
  return users;
}
