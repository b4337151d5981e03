/**
 * A run, or what one number was made of, as a Provenance Run Crate 0.5 on RO-Crate 1.1. The workflow is the wiring as
 * it was recorded, the tools are the code of the stages, the steps are nodes, and each execution is an action.
 */
import type { Digest } from '../../core/identity/digest.ts';
import { engineUri, isoTime, iriPart } from '../identifiers.ts';
import { type ExportedRun, type ExportFacts, statusOf } from '../facts.ts';
import { addActions, type Agents } from './actions.ts';
import { Entities, type Entity, reference, references, type RoCrate } from './entities.ts';
import { addFiles } from './files.ts';
import { addWorkflow, WORKFLOW_FILE } from './workflow.ts';

export interface CrateOptions {
  /** The place of content in the crate, as a path with slashes; undefined for what is only named by its digest. */
  readonly pathOf: (digest: Digest) => string | undefined;
  /** An address or a sentence. */
  readonly license?: string;
}

const PROCESS_PROFILES = [
  ['https://w3id.org/ro/wfrun/process/0.5', 'Process Run Crate', '0.5'],
  ['https://w3id.org/ro/wfrun/workflow/0.5', 'Workflow Run Crate', '0.5'],
] as const;
const PROVENANCE_PROFILE = ['https://w3id.org/ro/wfrun/provenance/0.5', 'Provenance Run Crate', '0.5'] as const;
const WORKFLOW_PROFILE = ['https://w3id.org/workflowhub/workflow-ro-crate/1.0', 'Workflow RO-Crate', '1.0'] as const;
const NO_LICENSE = 'The author of this run states no license.';

/**
 * Pure: the same facts give the same metadata. The file `workflow.json` (`workflowText`) belongs into the crate with
 * it.
 */
export function roCrateOf(facts: ExportFacts, { pathOf, license = NO_LICENSE }: CrateOptions): RoCrate {
  const entities = new Entities();
  // Nothing executed yet: there is neither a step nor a tool, and the provenance profile asks for both.
  const profiles = [...PROCESS_PROFILES, ...(facts.steps.length > 0 ? [PROVENANCE_PROFILE] : []), WORKFLOW_PROFILE];
  entities.add({
    '@id': 'ro-crate-metadata.json',
    '@type': 'CreativeWork',
    about: reference('./'),
    conformsTo: references(['https://w3id.org/ro/crate/1.1', WORKFLOW_PROFILE[0]]),
  });
  const workflow = addWorkflow(entities, facts);
  const files = addFiles(entities, facts, workflow, pathOf);
  const actions = addActions({ entities, facts, workflow, files, agents: agentsOf(entities, facts) });
  for (const [id, name, version] of profiles) entities.add({ '@id': id, '@type': 'CreativeWork', name, version });
  const parts = [WORKFLOW_FILE, ...files.parts];
  const [descriptor, ...others] = entities.all();
  const root: Entity = {
    '@id': './',
    '@type': 'Dataset',
    name: titleOf(facts),
    description: descriptionOf(facts),
    datePublished: isoTime(facts.run.endedAt ?? facts.run.startedAt),
    license,
    conformsTo: references(profiles.map(([id]) => id)),
    hasPart: references(parts),
    mainEntity: reference(WORKFLOW_FILE),
    mentions: references(actions),
  };
  return {
    '@context': ['https://w3id.org/ro/crate/1.1/context', 'https://w3id.org/ro/terms/workflow-run/context'],
    '@graph': [descriptor!, root, ...others],
  };
}

function agentsOf(entities: Entities, { runs }: ExportFacts): Agents {
  const people = new Map<number, string>();
  const engines = new Map<number, string>();
  for (const each of runs) {
    const user = textIn(each, 'user');
    if (user !== undefined) {
      const person = `#person/${iriPart(user)}`;
      entities.add({ '@id': person, '@type': 'Person', name: user });
      people.set(each.run, person);
    }
    const version = textIn(each, 'restage') ?? 'unknown';
    const engine = engineUri(version);
    entities.add({ '@id': engine, '@type': 'SoftwareApplication', name: 'restage', softwareVersion: version });
    engines.set(each.run, engine);
  }
  return { people, engines };
}

function textIn({ environment }: ExportedRun, name: string): string | undefined {
  const value = environment[name];
  return typeof value === 'string' ? value : undefined;
}

function titleOf({ asked, scope, run }: ExportFacts): string {
  return scope === 'run'
    ? `Run ${run.run} of ${run.pipeline}`
    : `How ${asked} of run ${run.run} of ${run.pipeline} was made`;
}

function descriptionOf({ scope, run, acts, steps, skipped }: ExportFacts): string {
  const { status, error } = statusOf(run);
  const ended = status === 'running' ? 'The run has not ended.' : (error ?? 'The run completed.');
  const failed = acts.filter(({ failure }) => failure !== null).length;
  const counts = `${steps.length} nodes by ${acts.length} executions, ${failed} of them failed`;
  const rest = skipped === 0 ? '' : `; ${skipped} nodes never began`;
  return `${scope === 'run' ? 'A run' : 'A part of a run'} of a restage pipeline: ${counts}${rest}. ${ended}`;
}
