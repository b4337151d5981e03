/** What `restage show <pipeline>` says: its parameters with their values, its stages, its results. */
import type { CanonicalValue } from '../../../core/identity/canonical.ts';
import type { ParameterOutline } from '../../../core/params/outline.ts';
import { leavesOf } from '../../../core/params/paste.ts';
import type { Graph } from '../../../core/graph/graph.ts';
import { plural } from '../../../ui/text/format.ts';
import type { Screen } from '../../output/screen.ts';
import { section } from '../words/section.ts';

export type PipelineFacts = ReturnType<typeof pipelineFacts>;

/** What the schema says of the parameters, and what they are without settings. */
interface Declared {
  readonly pipeline: string;
  readonly outline: readonly ParameterOutline[];
  readonly defaults: CanonicalValue;
}

/** @param graph undefined as long as a parameter is missing that it needs */
export function pipelineFacts(graph: Graph | undefined, { pipeline, outline, defaults }: Declared) {
  const { nodes, results } = graph ?? { nodes: [], results: [] };
  const params = graph?.params ?? defaults;
  const stages = new Map<string, string[]>();
  for (const { id, stage } of nodes) stages.set(stage, [...(stages.get(stage) ?? []), id]);
  return {
    kind: 'pipeline' as const,
    pipeline,
    nodes: graph === undefined ? null : nodes.length,
    params,
    parameters: parametersOf(outline, params, defaults),
    stages: [...stages].map(([stage, ids]) => ({ stage, nodes: ids })),
    results: results.map(({ name, node, output }) => ({ name, output: `${nodes[node]!.id}.${output}` })),
  };
}

export function pipelineLines(
  { pipeline, nodes, parameters, stages, results }: PipelineFacts,
  path: string,
  screen: Screen,
): readonly string[] {
  const missing = parameters.filter(({ required, when, value }) => required && when === null && value === null);
  const settings = missing.map(({ path: name }) => `-S ${name}=...`).join(' ');
  return [
    nodes === null ? `pipeline ${pipeline}` : `pipeline ${pipeline}: ${plural(nodes, 'node')}`,
    ...section('parameters (set one with -S path=value)', parameters.map(parameterRow), screen),
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
    nodes === null
      ? `"restage show ${path} ${settings}" shows its stages too`
      : `"restage status ${path}" shows how much of it is up to date`,
  ];
}

type Parameter = ParameterOutline & {
  /** Null where it is not set. */
  readonly value: CanonicalValue;
  readonly default: CanonicalValue;
};

/** The declared parameters, and members that the schema lets pass without declaring them. */
function parametersOf(
  outline: readonly ParameterOutline[],
  params: CanonicalValue,
  defaults: CanonicalValue,
): readonly Parameter[] {
  const [values, unset] = [valuesOf(params), valuesOf(defaults)];
  const declared = outline.map((parameter) => {
    const { path, ...rest } = parameter;
    return { path, value: values.take(path), default: unset.take(path), ...rest };
  });
  const others = values.rest().map(({ path, value }) => ({ path, value, default: unset.take(path), ...UNDECLARED }));
  return [...declared, ...others];
}

const UNDECLARED = {
  type: 'anything',
  choices: null,
  range: null,
  optional: true,
  required: false,
  when: null,
  description: null,
} as const;

/** Values by path. What is below a path belongs to it, and members of several variants may share one. */
function valuesOf(params: CanonicalValue) {
  const leaves = new Map(leavesOf(params).map(({ path, value }) => [path, value]));
  const taken = new Set<string>();
  return {
    take(path: string): CanonicalValue {
      const below = [...leaves].filter(([name]) => name.startsWith(`${path}.`));
      for (const name of [path, ...below.map(([each]) => each)]) taken.add(name);
      if (below.length === 0) return leaves.get(path) ?? null;
      return Object.fromEntries(below.map(([name, value]) => [name.slice(path.length + 1), value]));
    },
    rest: () => [...leaves].flatMap(([path, value]) => (taken.has(path) ? [] : [{ path, value }])),
  };
}

function parameterRow(parameter: Parameter): readonly string[] {
  const { path, value, type, choices, range, optional, required, when, description } = parameter;
  const takes = [
    choices === null ? type : choices.map((choice) => String(choice)).join(' | '),
    ...(range === null ? [] : [range]),
    ...(optional ? ['optional'] : []),
    ...(required ? ['required'] : []),
    ...(when === null ? [] : [`with ${when}`]),
  ].join(', ');
  const isUnset = value === null && (optional || required || when !== null);
  return [path, isUnset ? '(not set)' : JSON.stringify(value), takes, description ?? ''];
}
