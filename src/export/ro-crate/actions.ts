/** The actions of a crate: the run, the engine that made it, its steps, and the executions behind them. */
import { type Act, type ExportFacts, type RunStatus, statusOf } from '../facts.ts';
import { isoTime, iriPart } from '../identifiers.ts';
import { type Entities, reference, references } from './entities.ts';
import type { CrateFiles } from './files.ts';
import { parameterValue, parsed, stepId, WORKFLOW_FILE, type Workflow } from './workflow.ts';

/** `@id`s by the number of the run. */
export interface Agents {
  /** Who made it; a user without a name is not in it. */
  readonly people: ReadonlyMap<number, string>;
  /** The restage that made it. */
  readonly engines: ReadonlyMap<number, string>;
}

interface Parts {
  readonly entities: Entities;
  readonly facts: ExportFacts;
  readonly workflow: Workflow;
  readonly files: CrateFiles;
  readonly agents: Agents;
}

/** @returns the `@id`s of the actions that the root mentions */
export function addActions(parts: Parts): readonly string[] {
  const { facts } = parts;
  const acts = facts.acts.map((act) => addAct(parts, act));
  const run = addRun(parts);
  return facts.steps.length === 0 ? [run, ...acts] : [addEngine(parts, run, addControls(parts, acts)), run, ...acts];
}

function addRun({ entities, facts, workflow, files, agents }: Parts): string {
  const { run, results } = facts;
  const { status, error } = statusOf(run);
  return entities.add({
    '@id': `#run/${run.identity.slice(0, 32)}`,
    '@type': 'CreateAction',
    name: `Run ${run.run} of ${run.pipeline}`,
    description: run.argv.length === 0 ? 'Called from code' : run.argv.join(' '),
    instrument: reference(WORKFLOW_FILE),
    startTime: isoTime(run.startedAt),
    endTime: run.endedAt === null ? undefined : isoTime(run.endedAt),
    agent: agentOf(agents, run.run),
    actionStatus: statusIri(status),
    error,
    object: references([...workflow.params, ...files.given]),
    result: references(results.flatMap(({ artifact }) => (artifact === null ? [] : [files.idOf(artifact.digest)]))),
  })['@id'];
}

function addEngine({ entities, facts, agents }: Parts, run: string, controls: readonly string[]): string {
  const { startedAt, endedAt, run: number } = facts.run;
  const { status, error } = statusOf(facts.run);
  return entities.add({
    '@id': '#engine',
    '@type': 'OrganizeAction',
    name: `restage, making run ${number}`,
    instrument: reference(agents.engines.get(number)!),
    startTime: isoTime(startedAt),
    endTime: endedAt === null ? undefined : isoTime(endedAt),
    agent: agentOf(agents, number),
    actionStatus: statusIri(status),
    error,
    object: references(controls),
    result: reference(run),
  })['@id'];
}

function addControls({ entities, facts }: Parts, acts: readonly string[]): readonly string[] {
  return facts.steps.map(({ node, outcome, act }) => {
    const failed = facts.acts[act]!.failure;
    return entities.add({
      '@id': `#control/${iriPart(node)}`,
      '@type': 'ControlAction',
      name: `Node ${node}: ${outcome}`,
      instrument: reference(stepId(node)),
      object: reference(acts[act]!),
      actionStatus: statusIri(failed === null ? 'completed' : 'failed'),
      error: failed?.message,
    })['@id'];
  });
}

function addAct({ entities, workflow, files, agents }: Parts, act: Act): string {
  const { identity, node, stage, startedAt, endedAt, worker, compute, seed, failure, attempt, run } = act;
  const tool = workflow.toolOf(act);
  const id = `#act/${identity.slice(0, 32)}`;
  const values = act.params.map(
    ({ name, value, digest }) => parameterValue(entities, tool, name, parsed(value), `/${digest.slice(0, 16)}`).value,
  );
  const where = [
    `worker ${worker}`,
    ...(compute === null ? [] : [compute]),
    ...(seed === null ? [] : [`seed ${seed}`]),
  ];
  return entities.add({
    '@id': id,
    '@type': 'CreateAction',
    name: `Attempt ${attempt} at ${node} in run ${run}`,
    description: `Executed the stage ${stage} (${where.join(', ')})`,
    instrument: reference(tool),
    startTime: isoTime(startedAt),
    endTime: endedAt === null ? undefined : isoTime(endedAt),
    agent: agentOf(agents, run),
    actionStatus: statusIri(failure === null ? 'completed' : 'failed'),
    error: failure?.message,
    object: references([...act.inputs.map(({ digest }) => files.idOf(digest)), ...values]),
    result: references(act.outputs.map(({ digest }) => files.idOf(digest))),
    resourceUsage: references(usageOf(entities, id, act)),
  })['@id'];
}

function usageOf(entities: Entities, id: string, { cpuSeconds, peakBytes }: Act): readonly string[] {
  const usage = (name: string, value: number | null, unitCode: string): readonly string[] =>
    value === null
      ? []
      : [
          entities.add({
            '@id': `${id}/${name}`,
            '@type': 'PropertyValue',
            name,
            propertyID: `restage:${name}`,
            value,
            unitCode,
          })['@id'],
        ];
  return [
    ...usage('cpu-time', cpuSeconds, 'https://qudt.org/vocab/unit/SEC'),
    ...usage('peak-memory', peakBytes, 'https://qudt.org/vocab/unit/BYTE'),
  ];
}

function agentOf({ people }: Agents, run: number): { readonly '@id': string } | undefined {
  const person = people.get(run);
  return person === undefined ? undefined : reference(person);
}

function statusIri(status: RunStatus): string {
  switch (status) {
    case 'completed':
      return 'http://schema.org/CompletedActionStatus';
    case 'failed':
      return 'http://schema.org/FailedActionStatus';
    case 'running':
      return 'http://schema.org/ActiveActionStatus';
  }
}
