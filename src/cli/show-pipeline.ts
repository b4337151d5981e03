/** What `restage show <pipeline>` tells: its parameters with their values, its stages, its results. Runs nothing. */
import type { CanonicalValue } from '../core/identity/canonical.ts';
import type { Graph } from '../core/graph/graph.ts';
import { EXIT } from '../errors.ts';
import { formatTable, plural } from '../ui/text/format.ts';
import { define } from './definition.ts';
import { flag } from './options.ts';
import { pipelineRequest } from './pipeline-request.ts';
import { writeJson } from './output/json.ts';
import type { Call } from './verbs.ts';

/** @throws UsageError, DefinitionError, ParamError, CacheError */
export async function showPipeline(call: Call): Promise<number> {
  const request = await pipelineRequest(call);
  const { graph } = await define(request);
  const facts = pipelineFacts(graph);
  if (flag(call, 'json')) writeJson(call, facts);
  else call.io.writeOut(`${pipelineLines(facts, request.pipeline).join('\n')}\n`);
  return EXIT.ok;
}

type PipelineFacts = ReturnType<typeof pipelineFacts>;

function pipelineFacts({ pipeline, params, nodes, results }: Graph) {
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

function pipelineLines({ pipeline, nodes, params, stages, results }: PipelineFacts, path: string): readonly string[] {
  return [
    `pipeline ${pipeline}: ${plural(nodes, 'node')}`,
    ...section('parameters, each to be set with -S path=value', leaves(params)),
    ...section(
      'stages',
      stages.map(({ stage, nodes: [first, ...others] }) => [
        stage,
        others.length === 0 ? first! : `${first!} and ${others.length} more`,
      ]),
    ),
    ...section(
      'results',
      results.map(({ name, output }) => [name, output]),
    ),
    `restage status ${path} tells what of it is up to date`,
  ];
}

/** Parameters by their paths; an array is one. */
function leaves(value: CanonicalValue, path = ''): readonly (readonly [string, string])[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, member]) => leaves(member, path === '' ? name : `${path}.${name}`));
}

function section(title: string, rows: readonly (readonly string[])[]): readonly string[] {
  if (rows.length === 0) return [];
  const [, ...lines] = formatTable(
    rows[0]!.map(() => ''),
    rows,
  );
  return [title, ...lines.map((line) => `  ${line}`)];
}
