/**
 * The workflow of a crate: the run's wiring as a file, its tools (the code of the stages), its steps and parameters.
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { paramsOf } from '../../audit/view/run-view.ts';
import { iriPart } from '../identifiers.ts';
import type { Act, ExportFacts } from '../facts.ts';
import { type Entities, reference, references } from './entities.ts';

export const WORKFLOW_FILE = 'workflow.json';
const LANGUAGE = '#restage-workflow';
const BIOSCHEMAS = 'https://bioschemas.org/profiles/ComputationalWorkflow/1.0-RELEASE';

export interface Workflow {
  /** The `@id` of the tool of an act. */
  readonly toolOf: (act: Act) => string;
  /** The `@id` of the entity of a value of the run's parameters. */
  readonly params: readonly string[];
  /** `@id`s of the formal parameters that stand for the run's results, by node and output. */
  readonly results: ReadonlyMap<string, readonly string[]>;
}

/** The wiring of the run, as it was recorded: what `workflow.json` holds. */
export function workflowText({ run, steps, acts, codes, results }: ExportFacts): string {
  const wired = steps.map(({ node, stage, act }) => {
    const { code, inputs, outputs } = acts[act]!;
    return {
      node,
      stage,
      code,
      inputs: inputs.map(({ slot, index, from }) => ({ slot, index, ...from })),
      outputs: outputs.map(({ name, kind }) => ({ name, kind })),
    };
  });
  const document = {
    format: 1,
    kind: 'recorded-workflow',
    pipeline: run.pipeline,
    source: run.source,
    commit: run.commit,
    results: results.map(({ name, node, output }) => ({ name, node, output })),
    stages: codes.map(({ digest, stage, module, exportName }) => ({ stage, code: digest, module, exportName })),
    nodes: wired,
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

export function addWorkflow(entities: Entities, facts: ExportFacts): Workflow {
  const { run, steps, acts, codes } = facts;
  const codeOf = new Map(codes.map((code) => [code.digest, code]));
  const toolOf = ({ stage, code }: Act): string => toolId(stage, code);
  const connections = connectionsOf(entities, facts, toolOf);
  const tools = new Map<string, Act[]>();
  for (const act of acts) tools.set(toolOf(act), [...(tools.get(toolOf(act)) ?? []), act]);
  for (const [id, of] of tools) {
    const { stage, code } = of[0]!;
    const known = code === null ? undefined : codeOf.get(code);
    entities.add({
      '@id': id,
      '@type': 'SoftwareSourceCode',
      name: stage,
      description: known?.description ?? `The stage ${stage}`,
      version: code ?? undefined,
      programmingLanguage: reference(LANGUAGE),
      input: references(of.flatMap((act) => inputParameters(entities, id, act))),
      output: references(of.flatMap((act) => outputParameters(entities, id, act))),
      softwareRequirements: [
        ...new Set(
          of.flatMap(({ packages, runtime }) => [
            ...packages.map(({ name, value }) => `${name} ${value}`),
            ...(runtime === null ? [] : [runtime]),
          ]),
        ),
      ],
    });
  }
  for (const [index, { node, stage, act }] of steps.entries())
    entities.add({
      '@id': stepId(node),
      '@type': 'HowToStep',
      name: node,
      description: `Node ${node} of the stage ${stage}`,
      position: String(index + 1),
      workExample: reference(toolOf(acts[act]!)),
      connection: references(connections.get(act) ?? []),
    });
  const params = [...paramsOf(run)].map(([path, value]) => parameterValue(entities, '#workflow', path, value));
  const results = resultParameters(entities, facts);
  entities.add({
    '@id': LANGUAGE,
    '@type': 'ComputerLanguage',
    name: 'restage: stages in TypeScript, and their wiring as JSON',
  });
  entities.add({
    '@id': BIOSCHEMAS,
    '@type': 'CreativeWork',
    name: 'ComputationalWorkflow profile',
    version: '1.0-RELEASE',
  });
  entities.add({
    '@id': WORKFLOW_FILE,
    '@type': ['File', 'SoftwareSourceCode', 'ComputationalWorkflow', ...(steps.length > 0 ? ['HowTo'] : [])],
    name: run.pipeline,
    description: `The wiring of ${run.pipeline} (${run.source}) as it was recorded${run.dirty === true ? ', from files that differed from the commit' : ''}`,
    version: run.commit ?? undefined,
    encodingFormat: 'application/json',
    conformsTo: reference(BIOSCHEMAS),
    programmingLanguage: reference(LANGUAGE),
    hasPart: references(tools.keys()),
    step: references(steps.map(({ node }) => stepId(node))),
    input: references(params.map(({ parameter }) => parameter)),
    output: references([...results.values()].flat()),
    connection: references(resultConnections(entities, facts, toolOf)),
  });
  return { toolOf, params: params.map(({ value }) => value), results };
}

export function stepId(node: string): string {
  return `#step/${iriPart(node)}`;
}

function toolId(stage: string, code: string | null): string {
  return `#stage/${iriPart(stage)}${code === null ? '' : `/${code.slice(0, 16)}`}`;
}

export function inputId(tool: string, slot: string): string {
  return `${tool}/input/${iriPart(slot)}`;
}

export function outputId(tool: string, name: string): string {
  return `${tool}/output/${iriPart(name)}`;
}

function inputParameters(entities: Entities, tool: string, { inputs, params }: Act): readonly string[] {
  return [
    ...inputs.map(({ slot }) => fileParameter(entities, inputId(tool, slot), slot)),
    ...params.map(({ name, value }) => formalParameter(entities, tool, name, parsed(value))),
  ];
}

function outputParameters(entities: Entities, tool: string, { outputs }: Act): readonly string[] {
  return outputs.map(({ name }) => fileParameter(entities, outputId(tool, name), name));
}

function fileParameter(entities: Entities, id: string, name: string): string {
  return entities.add({ '@id': id, '@type': 'FormalParameter', additionalType: 'File', name })['@id'];
}

function formalParameter(entities: Entities, owner: string, name: string, value: CanonicalValue): string {
  const id = `${owner}/param/${iriPart(name)}`;
  return entities.add({ '@id': id, '@type': 'FormalParameter', additionalType: typeName(value), name })['@id'];
}

/** A value of a parameter, and the formal parameter that it is an example of. Equal values are one entity. */
export function parameterValue(
  entities: Entities,
  owner: string,
  name: string,
  value: CanonicalValue,
  key = '',
): { readonly parameter: string; readonly value: string } {
  const parameter = formalParameter(entities, owner, name, value);
  const entity = entities.add({
    '@id': `${owner}/value/${iriPart(name)}${key}`,
    '@type': 'PropertyValue',
    name,
    value:
      typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean'
        ? value
        : JSON.stringify(value),
    exampleOfWork: reference(parameter),
  });
  return { parameter, value: entity['@id'] };
}

/** The recorded text of a stage's parameter is JSON, unless it was cut. */
export function parsed(preview: string): CanonicalValue {
  try {
    return JSON.parse(preview) as CanonicalValue;
  } catch {
    return preview;
  }
}

function typeName(value: CanonicalValue): string {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? 'Integer' : 'Float';
  if (typeof value === 'string') return 'Text';
  return typeof value === 'boolean' ? 'Boolean' : 'PropertyValue';
}

function resultParameters(entities: Entities, { results }: ExportFacts): ReadonlyMap<string, readonly string[]> {
  const parameters = new Map<string, readonly string[]>();
  for (const { name, node, output, artifact } of results) {
    if (artifact === null) continue;
    const id = fileParameter(entities, `#workflow/output/${iriPart(name)}`, name);
    const key = `${node}.${output}`;
    parameters.set(key, [...(parameters.get(key) ?? []), id]);
  }
  return parameters;
}

function addConnection(entities: Entities, source: string, target: string): string {
  return entities.add({
    '@id': `#connection/${iriPart(source)}/${iriPart(target)}`,
    '@type': 'ParameterConnection',
    sourceParameter: reference(source),
    targetParameter: reference(target),
  })['@id'];
}

/** Which outputs of tools go into which inputs, by the position of the act that takes them. */
function connectionsOf(
  entities: Entities,
  { acts }: ExportFacts,
  toolOf: (act: Act) => string,
): ReadonlyMap<number, readonly string[]> {
  const byState = new Map(acts.map((act) => [act.state, act]));
  return new Map(
    acts.map((act, index) => [
      index,
      act.inputs.flatMap(({ slot, from }) => {
        const maker = 'state' in from ? byState.get(from.state) : undefined;
        if (maker === undefined || !('output' in from)) return [];
        const source = fileParameter(entities, outputId(toolOf(maker), from.output), from.output);
        const target = fileParameter(entities, inputId(toolOf(act), slot), slot);
        return [addConnection(entities, source, target)];
      }),
    ]),
  );
}

function resultConnections(entities: Entities, facts: ExportFacts, toolOf: (act: Act) => string): readonly string[] {
  const actOf = new Map(facts.steps.map(({ node, act }) => [node, facts.acts[act]!]));
  return facts.results.flatMap(({ name, node, output, artifact }) => {
    const act = actOf.get(node);
    if (artifact === null || act === undefined) return [];
    const source = fileParameter(entities, outputId(toolOf(act), output), output);
    return [addConnection(entities, source, `#workflow/output/${iriPart(name)}`)];
  });
}
