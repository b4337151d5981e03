/** What `restage show <pipeline>` says: its parameters with their values, its stages, its results. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Graph } from '../../core/graph/graph.ts';
import { plural } from '../../ui/text/format.ts';
import type { Screen } from '../output/screen.ts';
import { section } from './section.ts';

export type PipelineFacts = ReturnType<typeof pipelineFacts>;

export function pipelineFacts({ pipeline, params, nodes, results }: Graph) {
  const stages = new Map<string, string[]>();
  for (const { id, stage } of nodes) stages.set(stage, [...(stages.get(stage) ?? []), id]);
  return {
    kind: 'pipeline' as const,
    pipeline,
    nodes: nodes.length,
    params,
    stages: [...stages].map(([stage, ids]) => ({ stage, nodes: ids })),
    results: results.map(({ name, node, output }) => ({ name, output: `${nodes[node]!.id}.${output}` })),
  };
}

export function pipelineLines(
  { pipeline, nodes, params, stages, results }: PipelineFacts,
  path: string,
  screen: Screen,
): readonly string[] {
  return [
    `pipeline ${pipeline}: ${plural(nodes, 'node')}`,
    ...section('parameters (set one with -S path=value)', leaves(params), screen),
    ...section(
      'stages',
      stages.map(({ stage, nodes: [first, ...others] }) => [
        stage,
        others.length === 0 ? first! : `${first!} and ${others.length} more`,
      ]),
      screen,
    ),
    ...section(
      'results',
      results.map(({ name, output }) => [name, output]),
      screen,
    ),
    `restage status ${path} shows how much of it is up to date`,
  ];
}

/** Parameters by their paths; an array is one. */
function leaves(value: CanonicalValue, path = ''): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, member]) => leaves(member, path === '' ? name : `${path}.${name}`));
}
