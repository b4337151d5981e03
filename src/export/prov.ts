/**
 * A run, or what one number was made of, as W3C PROV-JSON. Content is an entity by its SHA-256. An output of a state is
 * an entity of its own and a specialization of its content, since PROV lets an entity be generated once, and the same
 * bytes may be made twice.
 */
import { type Act, blobsOf, type ExportedRun, type ExportFacts, statusOf } from './facts.ts';
import { iriPart, isoTime } from './identifiers.ts';

type Attribute = string | { readonly $: string; readonly type: string };
type Statements = Record<string, Record<string, Attribute>>;

/** A PROV-JSON document. */
export interface ProvDocument {
  readonly prefix: Readonly<Record<string, string>>;
  readonly [kind: string]: Readonly<Record<string, unknown>>;
}

/** Pure: the same facts give the same document. */
export function provOf(facts: ExportFacts): ProvDocument {
  const statements = new ProvStatements();
  for (const { digest, bytes, kind, name, path } of blobsOf(facts).values())
    statements.tell('entity', contentId(digest), {
      'prov:label': name,
      'prov:type': typeName('restage:Content'),
      'restage:bytes': number(bytes),
      ...(kind !== null && { 'restage:kind': kind }),
      ...(path !== null && { 'prov:location': path }),
    });
  for (const { digest, stage, module, exportName, sources } of facts.codes) {
    statements.tell('entity', codeId(digest), {
      'prov:label': `code of the stage ${stage}`,
      'prov:type': typeName('prov:Plan'),
      'restage:module': module,
      'restage:export': exportName,
    });
    for (const source of sources) {
      statements.tell('entity', contentId(source.digest), {
        'prov:label': source.path,
        'prov:type': typeName('restage:Content'),
        'restage:bytes': number(source.bytes),
      });
      statements.relate('wasDerivedFrom', {
        'prov:generatedEntity': codeId(digest),
        'prov:usedEntity': contentId(source.digest),
      });
    }
  }
  const runs = new Map(facts.runs.map((run) => [run.run, run]));
  for (const run of facts.runs) tellRun(statements, run);
  for (const act of facts.acts) tellAct(statements, act, runs.get(act.run)!);
  for (const act of new Set(facts.steps.map((step) => facts.acts[step.act]!)))
    if (act.run !== facts.run.run)
      statements.relate('wasInformedBy', { 'prov:informed': runId(facts.run), 'prov:informant': actId(act) });
  for (const { name, node, output, artifact } of facts.results)
    if (artifact !== null) tellResult(statements, facts.run, { name, node, output, digest: artifact.digest });
  return statements.document();
}

function tellRun(statements: ProvStatements, run: ExportedRun): void {
  const { status, error } = statusOf(run);
  statements.tell('activity', runId(run), {
    'prov:label': `run ${run.run} of ${run.pipeline}`,
    'prov:type': typeName('restage:Run'),
    'prov:startTime': isoTime(run.startedAt),
    ...(run.endedAt !== null && { 'prov:endTime': isoTime(run.endedAt) }),
    'restage:status': status,
    ...(error !== undefined && { 'restage:error': error }),
    'restage:pipeline': run.pipeline,
    'restage:source': run.source,
    'restage:parameters': JSON.stringify(run.params),
    'restage:seed': number(run.seed),
    'restage:environment': JSON.stringify(run.environment),
    ...(run.commit !== null && { 'restage:commit': run.commit }),
  });
  const { engine, user } = agentsOf(statements, run);
  statements.relate('wasAssociatedWith', { 'prov:activity': runId(run), 'prov:agent': engine });
  if (user === undefined) return;
  statements.relate('wasAssociatedWith', { 'prov:activity': runId(run), 'prov:agent': user });
  statements.relate('actedOnBehalfOf', {
    'prov:delegate': engine,
    'prov:responsible': user,
    'prov:activity': runId(run),
  });
}

function agentsOf(statements: ProvStatements, { environment }: ExportedRun): { engine: string; user?: string } {
  const version = typeof environment['restage'] === 'string' ? environment['restage'] : 'unknown';
  const engine = statements.tell('agent', `agent:restage-${iriPart(version)}`, {
    'prov:label': `restage ${version}`,
    'prov:type': typeName('prov:SoftwareAgent'),
  });
  const name = environment['user'];
  if (typeof name !== 'string') return { engine };
  const user = statements.tell('agent', `agent:user-${iriPart(name)}`, {
    'prov:label': name,
    'prov:type': typeName('prov:Person'),
  });
  return { engine, user };
}

function tellAct(statements: ProvStatements, act: Act, run: ExportedRun): void {
  const { node, stage, code, state, startedAt, endedAt, failure, worker, compute, seed, params } = act;
  const id = statements.tell('activity', actId(act), {
    'prov:label': `${node} in run ${act.run}`,
    'prov:type': typeName('restage:Execution'),
    'prov:startTime': isoTime(startedAt),
    ...(endedAt !== null && { 'prov:endTime': isoTime(endedAt) }),
    'restage:node': node,
    'restage:stage': stage,
    'restage:worker': worker,
    'restage:status': failure === null ? 'completed' : 'failed',
    ...(failure !== null && { 'restage:error': failure.message }),
    ...(state !== null && { 'restage:key': state }),
    ...(compute !== null && { 'restage:compute': compute }),
    ...(seed !== null && { 'restage:seed': seed }),
    ...(params.length > 0 && {
      'restage:parameters': JSON.stringify(Object.fromEntries(params.map(({ name, value }) => [name, value]))),
    }),
  });
  statements.relate('wasAssociatedWith', {
    'prov:activity': id,
    'prov:agent': agentsOf(statements, run).engine,
    ...(code !== null && { 'prov:plan': codeId(code) }),
  });
  statements.relate('wasStartedBy', { 'prov:activity': id, 'prov:starter': runId(run) });
  const inputs = act.inputs.map(({ slot, digest, from }) => ({
    slot,
    entity: 'state' in from ? outputId(from.state, from.output) : contentId(digest),
  }));
  for (const { slot, entity } of inputs)
    statements.relate('used', { 'prov:activity': id, 'prov:entity': entity, 'prov:role': slot });
  for (const { name, digest } of act.outputs) {
    const output = statements.tell('entity', outputId(state!, name), {
      'prov:label': `${node}.${name}`,
      'prov:type': typeName('restage:Output'),
    });
    statements.relate('specializationOf', { 'prov:specificEntity': output, 'prov:generalEntity': contentId(digest) });
    statements.relate('wasGeneratedBy', {
      'prov:entity': output,
      'prov:activity': id,
      ...(endedAt !== null && { 'prov:time': isoTime(endedAt) }),
      'prov:role': name,
    });
    for (const entity of new Set(inputs.map((input) => input.entity)))
      statements.relate('wasDerivedFrom', {
        'prov:generatedEntity': output,
        'prov:usedEntity': entity,
        'prov:activity': id,
      });
  }
}

function tellResult(
  statements: ProvStatements,
  run: ExportedRun,
  {
    name,
    node,
    output,
    digest,
  }: { readonly name: string; readonly node: string; readonly output: string; readonly digest: string },
): void {
  const result = statements.tell('entity', `result:${run.identity.slice(0, 32)}.${iriPart(name)}`, {
    'prov:label': `result ${name} of run ${run.run}`,
    'prov:type': typeName('restage:Result'),
    'restage:output': `${node}.${output}`,
  });
  statements.relate('specializationOf', { 'prov:specificEntity': result, 'prov:generalEntity': contentId(digest) });
}

function contentId(digest: string): string {
  return `sha256:${digest}`;
}

function codeId(digest: string): string {
  return `code:${digest}`;
}

function outputId(state: string, name: string): string {
  return `output:${state}.${iriPart(name)}`;
}

function actId({ identity }: Act): string {
  return `act:${identity.slice(0, 32)}`;
}

function runId({ identity }: ExportedRun): string {
  return `run:${identity.slice(0, 32)}`;
}

function typeName(name: string): Attribute {
  return { $: name, type: 'prov:QUALIFIED_NAME' };
}

function number(value: number): Attribute {
  return { $: String(value), type: Number.isSafeInteger(value) ? 'xsd:long' : 'xsd:double' };
}

/** What PROV-JSON lists by kind: elements once each, and relations under blank names. */
class ProvStatements {
  readonly #kinds: Record<string, Statements> = {};
  #relations = 0;

  tell(kind: 'entity' | 'activity' | 'agent', id: string, attributes: Record<string, Attribute>): string {
    (this.#kinds[kind] ??= {})[id] ??= attributes;
    return id;
  }

  relate(kind: string, attributes: Record<string, Attribute>): void {
    (this.#kinds[kind] ??= {})[`_:${++this.#relations}`] = attributes;
  }

  document(): ProvDocument {
    return { prefix: PREFIXES, ...this.#kinds };
  }
}

const PREFIXES = {
  restage: 'urn:restage:',
  sha256: 'hash://sha256/',
  code: 'urn:restage:code:',
  output: 'urn:restage:output:',
  act: 'urn:restage:act:',
  run: 'urn:restage:run:',
  result: 'urn:restage:result:',
  agent: 'urn:restage:agent:',
} as const;
