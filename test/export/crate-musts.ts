/**
 * The requirements (MUST) of RO-Crate 1.1, Workflow RO-Crate 1.0 and the Process, Workflow and Provenance Run Crate 0.5
 * as checks of our own, each under the message by which the published shapes report it.
 */
import type { Entity, RoCrate } from '../../src/export/ro-crate/entities.ts';

type Check = (crate: Crate) => readonly Entity[];

export interface Must {
  readonly message: string;
  /** The entities that break it. */
  readonly broken: Check;
}

class Crate {
  readonly graph: readonly Entity[];
  readonly #byId: ReadonlyMap<string, Entity>;

  constructor({ '@graph': graph }: RoCrate) {
    this.graph = graph;
    this.#byId = new Map(graph.map((entity) => [entity['@id'], entity]));
  }

  of(type: string): readonly Entity[] {
    return this.graph.filter((entity) => typesOf(entity).includes(type));
  }

  /** The entities that a property names; undefined for one that the crate does not describe. */
  named(entity: Entity, property: string): readonly (Entity | undefined)[] {
    const value = entity[property];
    const values = value === undefined ? [] : Array.isArray(value) ? (value as readonly unknown[]) : [value];
    return values.map((each) => this.#byId.get((each as { '@id': string })['@id']));
  }

  naming(target: Entity, property: string): readonly Entity[] {
    return this.graph.filter((entity) => this.named(entity, property).includes(target));
  }

  get root(): Entity {
    return this.#byId.get('./')!;
  }

  get tools(): readonly Entity[] {
    return this.of('ComputationalWorkflow').flatMap((workflow) =>
      this.named(workflow, 'hasPart').flatMap((entity) => entity ?? []),
    );
  }

  get actions(): readonly Entity[] {
    return this.of('CreateAction');
  }
}

export function typesOf({ '@type': type }: Entity): readonly string[] {
  return typeof type === 'string' ? [type] : type;
}

const TOOLS = ['SoftwareApplication', 'SoftwareSourceCode', 'ComputationalWorkflow'];

/** Whether all that a property names is of one of these types, and there is enough of it. */
function names(crate: Crate, entity: Entity, property: string, types: readonly string[], least: number): boolean {
  const found = crate.named(entity, property);
  const isOfType = (each: Entity | undefined): boolean =>
    each !== undefined && typesOf(each).some((type) => types.includes(type));
  return found.length >= least && found.every(isOfType);
}

const all =
  (type: string, holds: (crate: Crate, entity: Entity) => boolean): Check =>
  (crate) =>
    crate.of(type).filter((entity) => !holds(crate, entity));
const root =
  (holds: (crate: Crate, entity: Entity) => boolean): Check =>
  (crate) =>
    holds(crate, crate.root) ? [] : [crate.root];
const tool =
  (holds: (crate: Crate, entity: Entity) => boolean): Check =>
  (crate) =>
    crate.tools.filter((entity) => !holds(crate, entity));

const conforms =
  (start: string) =>
  (crate: Crate, entity: Entity): boolean =>
    names(crate, entity, 'conformsTo', ['CreativeWork'], 1) &&
    crate.named(entity, 'conformsTo').some((each) => each?.['@id'].startsWith(start));
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

/** RO-Crate 1.1 and the profiles below the provenance one. */
export const MUSTS: readonly Must[] = [
  {
    message: 'The RO-Crate metadata file descriptor MUST have an `about` property referencing the Root Data Entity',
    broken: ({ graph }) =>
      graph[0]?.['@id'] === 'ro-crate-metadata.json' && (graph[0]['about'] as { '@id': string })['@id'] === './'
        ? []
        : [graph[0]!],
  },
  {
    message: 'The RO-Crate metadata file MUST be a CreativeWork, as per schema.org',
    broken: ({ graph }) => (typesOf(graph[0]!).includes('CreativeWork') ? [] : [graph[0]!]),
  },
  {
    message:
      'The RO-Crate metadata file descriptor MUST have a `conformsTo` property with the RO-Crate specification version',
    broken: ({ graph }) =>
      JSON.stringify(graph[0]!['conformsTo']).includes('"https://w3id.org/ro/crate/1.1"') ? [] : [graph[0]!],
  },
  {
    message: 'The Root Data Entity MUST be a `Dataset` (as per `schema.org`)',
    broken: root((_, entity) => typesOf(entity).includes('Dataset')),
  },
  {
    message: 'The Root Data Entity MUST have a `name` property (as specified by schema.org)',
    broken: root((_, { name }) => isText(name)),
  },
  {
    message: 'The Root Data Entity MUST have a `description` property (as specified by schema.org)',
    broken: root((_, { description }) => isText(description)),
  },
  {
    message: 'The Crate (Root Data Entity) must specify a license, which should be a URL but can also be a string',
    broken: root((_, { license }) => isText(license)),
  },
  {
    message:
      'The Root Data Entity MUST have a `datePublished` property (as specified by schema.org) with a valid ISO 8601 date',
    broken: root((_, { datePublished }) =>
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/.test(datePublished as string),
    ),
  },
  {
    message: 'The Root Data Entity MUST be linked to either File or Directory instances, nothing else',
    broken: root((crate, entity) => names(crate, entity, 'hasPart', ['File'], 1)),
  },
  {
    message: 'Data Entities MUST have an absolute or relative URI as @id.',
    broken: all('File', (_, { '@id': id }) => /^(hash:\/\/|[\w.-]+(\/[\w.%~-]+)*$)/.test(id)),
  },
  {
    message: 'A Data Entity MUST be directly or indirectly linked to the `Root Data Entity` through `hasPart`',
    broken: all('File', (crate, entity) => crate.naming(entity, 'hasPart').includes(crate.root)),
  },
  {
    message: 'The Main Workflow must be specified through a `mainEntity` property in the root data entity',
    broken: root((crate, entity) => names(crate, entity, 'mainEntity', ['ComputationalWorkflow'], 1)),
  },
  {
    message: 'The Main Workflow must have types File, SoftwareSourceCode, ComputationalWorkflow',
    broken: (crate) =>
      crate
        .named(crate.root, 'mainEntity')
        .flatMap((entity) => entity ?? [])
        .filter(
          (entity) =>
            !['File', 'SoftwareSourceCode', 'ComputationalWorkflow'].every((type) => typesOf(entity).includes(type)),
        ),
  },
  {
    message: 'The Main Workflow must refer to its language via programmingLanguage',
    broken: all('ComputationalWorkflow', (crate, entity) =>
      names(crate, entity, 'programmingLanguage', ['ComputerLanguage'], 1),
    ),
  },
  {
    message: 'The Action MUST have an instrument property that references the executed tool',
    broken: all('CreateAction', (crate, entity) => names(crate, entity, 'instrument', TOOLS, 1)),
  },
  {
    message: `The Root Data Entity MUST reference a CreativeWork entity with an @id URI that is consistent with the versioned permalink of the profile`,
    broken: root(conforms('https://w3id.org/ro/wfrun/process/')),
  },
  {
    message: `The Root Data Entity MUST reference a CreativeWork entity with an @id URI that is consistent with the versioned permalink of the Workflow Run Crate profile`,
    broken: root(conforms('https://w3id.org/ro/wfrun/workflow/')),
  },
  {
    message: 'ComputationalWorkflow input and output MUST point to FormalParameter entities',
    broken: all('ComputationalWorkflow', (crate, entity) =>
      ['input', 'output'].every((property) => names(crate, entity, property, ['FormalParameter'], 0)),
    ),
  },
  {
    message: 'FormalParameter MUST have an additionalType',
    broken: all('FormalParameter', (_, { additionalType }) => isText(additionalType)),
  },
  {
    message: 'FormalParameter MUST refer to a data entity or PropertyValue via workExample',
    broken: all('FormalParameter', (crate, entity) =>
      names(crate, entity, 'workExample', ['File', 'Dataset', 'Collection', 'PropertyValue'], 0),
    ),
  },
];

/** The Provenance Run Crate: what holds of a run of which something was executed. */
export const PROVENANCE_MUSTS: readonly Must[] = [
  {
    message: `The Root Data Entity MUST reference a CreativeWork entity with an @id URI that is consistent with the versioned permalink of the Provenance Run Crate profile`,
    broken: root(conforms('https://w3id.org/ro/wfrun/provenance/')),
  },
  {
    message: 'ComputationalWorkflow MUST refer to orchestrated tools via hasPart',
    broken: all('ComputationalWorkflow', (crate, entity) => names(crate, entity, 'hasPart', TOOLS, 1)),
  },
  {
    message: 'If the ComputationalWorkflow has a connection, it must point to a ParameterConnection',
    broken: all('ComputationalWorkflow', (crate, entity) =>
      names(crate, entity, 'connection', ['ParameterConnection'], 0),
    ),
  },
  {
    message: 'A ComputationalWorkflow that links to steps MUST have the HowTo type',
    broken: all('ComputationalWorkflow', (crate, entity) =>
      crate.named(entity, 'step').length === 0 ? true : typesOf(entity).includes('HowTo'),
    ),
  },
  {
    message: 'Tool input and output MUST point to FormalParameter entities',
    broken: tool((crate, entity) =>
      ['input', 'output'].every((property) => names(crate, entity, property, ['FormalParameter'], 0)),
    ),
  },
  {
    message: 'A tool must be referred to from an action via instrument',
    broken: tool((crate, entity) => crate.naming(entity, 'instrument').some((each) => crate.actions.includes(each))),
  },
  {
    message: 'A HowToStep must be referred to from a ComputationalWorkflow via step',
    broken: all('HowToStep', (crate, entity) => crate.naming(entity, 'step').length > 0),
  },
  {
    message: 'A HowToStep must refer to its corresponding tool via workExample',
    broken: all('HowToStep', (crate, entity) => names(crate, entity, 'workExample', TOOLS, 1)),
  },
  {
    message: 'If specified, position must be an integer or a string representing an integer',
    broken: all('HowToStep', (_, { position }) => /^\d+$/.test(position as string)),
  },
  {
    message: 'If the HowToStep has a connection, it must point to a ParameterConnection',
    broken: all('HowToStep', (crate, entity) => names(crate, entity, 'connection', ['ParameterConnection'], 0)),
  },
  {
    message: 'If present, resourceUsage MUST point to PropertyValue',
    broken: all('CreateAction', (crate, entity) => names(crate, entity, 'resourceUsage', ['PropertyValue'], 0)),
  },
  {
    message: 'A PropertyValue used to represent resourceUsage MUST have a propertyID',
    broken: all('CreateAction', (crate, entity) =>
      crate.named(entity, 'resourceUsage').every((usage) => isText(usage?.['propertyID'])),
    ),
  },
  {
    message:
      'A ControlAction must reference a HowToStep instance representing the corresponding workflow step via instrument',
    broken: all('ControlAction', (crate, entity) => names(crate, entity, 'instrument', ['HowToStep'], 1)),
  },
  {
    message: 'A ControlAction must reference the action representing the corresponding tool run via object',
    broken: all('ControlAction', (crate, entity) => names(crate, entity, 'object', ['CreateAction'], 1)),
  },
  {
    message:
      'An OrganizeAction must reference an entity representing the workflow engine (e.g. a SoftwareApplication) via instrument',
    broken: all('OrganizeAction', (crate, entity) => names(crate, entity, 'instrument', TOOLS, 1)),
  },
  {
    message: 'An OrganizeAction must reference the action representing the workflow run via result',
    broken: all('OrganizeAction', (crate, entity) => names(crate, entity, 'result', ['CreateAction'], 1)),
  },
  {
    message: 'An OrganizeAction must reference the ControlAction instances representing the step executions via object',
    broken: all('OrganizeAction', (crate, entity) => names(crate, entity, 'object', ['ControlAction'], 1)),
  },
  {
    message: 'ParameterConnection must have a sourceParameter that references a FormalParameter',
    broken: all('ParameterConnection', (crate, entity) =>
      names(crate, entity, 'sourceParameter', ['FormalParameter'], 1),
    ),
  },
  {
    message: 'ParameterConnection must have a targetParameter that references a FormalParameter',
    broken: all('ParameterConnection', (crate, entity) =>
      names(crate, entity, 'targetParameter', ['FormalParameter'], 1),
    ),
  },
];

export function brokenBy(crate: RoCrate, { broken }: Must): readonly string[] {
  return broken(new Crate(crate)).map((entity) => entity['@id']);
}
