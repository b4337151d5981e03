/**
 * The fields of a node's key: everything that its state depends on, and nothing else.
 *
 * The fields that are known before anything runs (all except `in.*`) come from here; `withInputs` adds the rest.
 */
import { hash } from 'node:crypto';
import type { BackendIdentity } from '../core/identity/backend-identity.ts';
import type { Field } from '../core/identity/cache-key.ts';
import { valueDigest } from '../core/identity/canonical.ts';
import type { Digest } from '../core/identity/digest.ts';
import { short } from '../core/identity/digest.ts';
import { type GraphInput, type GraphNode, inputFieldName } from '../core/graph/graph.ts';
import { nodeSeed } from '../core/identity/random.ts';
import type { DeclaredRead } from './declared-reads.ts';
import { paramFields } from './param-fields.ts';
import { SCHEMA } from './schema.ts';
import { secretVariable } from './secret-fields.ts';
import type { Secrets } from './secrets.ts';

/** The values that all nodes of a run share. */
export interface Conditions {
  readonly seed: number;
  /** The resolved compute backend's identity; null when the graph has no compute stage. */
  readonly backend: BackendIdentity | null;
  readonly nodeMajor: number;
  /** Without those that are secrets. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What stages and parameters declare to be secret; absent if there is none. */
  readonly secrets?: Secrets;
  /** The files and folders that stages declare to read, by the declared path. */
  readonly reads: ReadonlyMap<string, DeclaredRead>;
}

/** The part of a stage's code that enters keys. */
export interface CodeIdentity {
  readonly digest: Digest;
  readonly packages: readonly { readonly name: string; readonly version: string; readonly digest: Digest }[];
}

/** The parts of a node that its fields come from. */
export type Keyed = Pick<
  GraphNode,
  'id' | 'stage' | 'random' | 'compute' | 'env' | 'secrets' | 'reads' | 'seedKey' | 'seed' | 'params'
>;

export interface FieldMaker {
  /** All fields of a node that are known before anything runs. */
  readonly of: (node: Keyed) => readonly Field[];
  /** The fields that all nodes of its stage share. */
  readonly ofStage: (node: Keyed) => readonly Field[];
}

/** Makes the fields of nodes; shared fields are made once. */
export function fieldMaker(conditions: Conditions, codes: ReadonlyMap<string, CodeIdentity>): FieldMaker {
  const shared = new Map<string, readonly Field[]>();
  const ofStage = (node: Keyed): readonly Field[] => {
    let fields = shared.get(node.stage);
    if (fields === undefined) {
      fields = stageFields(node, conditions, codes);
      shared.set(node.stage, fields);
    }
    return fields;
  };
  const digestOf = (source: string): Digest => {
    const secret = conditions.secrets?.get(source);
    if (secret === undefined) throw new Error(`internal error: the secret ${source} was not read`);
    return secret.digest;
  };
  const of = (node: Keyed): readonly Field[] => {
    const fields = [...ofStage(node)];
    paramFields(node.params, fields, digestOf);
    if (node.random) {
      const { digest, preview } = seedOfStreams(node, conditions.seed);
      fields.push({ name: 'seed', digest, preview });
    }
    return fields;
  };
  return { of, ofStage };
}

/** What a node's random streams are made from, in a run with this seed: the same in its key and in its task. */
export function seedOfStreams(
  node: Pick<GraphNode, 'id' | 'stage' | 'seedKey' | 'seed'>,
  runSeed: number,
): { readonly digest: Digest; readonly preview: string } {
  const owner = node.seedKey ?? node.id;
  const seed = node.seed ?? runSeed;
  return { digest: nodeSeed(seed, node.stage, owner), preview: `${seed} for ${owner}` };
}

/**
 * Adds the fields of the inputs: the digest of an artifact or, in a plan key, the name of an output that does not exist
 * yet.
 */
export function withInputs(
  fields: readonly Field[],
  inputs: readonly GraphInput[],
  digestOf: (input: GraphInput) => Digest,
): readonly Field[] {
  if (inputs.length === 0) return fields;
  const all = [...fields];
  for (const input of inputs) {
    const digest = digestOf(input);
    all.push({ name: inputFieldName(input), digest, preview: short(digest) });
  }
  return all;
}

/** How a plan key names an output that does not exist yet: by the plan key of its node. */
export function plannedOutput(planKey: string, output: string): Digest {
  if (plannedImage.output !== output) plannedImage = imageOf(output);
  plannedImage.bytes.write(planKey, PLANNED_OUTPUT.length, DIGEST_BYTES, 'hex');
  // A graph has one for each input: an object that takes updates would take longer than the hashing.
  return hash('sha256', plannedImage.bytes) as Digest;
}

const PLANNED_OUTPUT = 'restage/planned-output/v1';
const DIGEST_BYTES = 32;

/** What was hashed last: most outputs of a graph have the same name. */
let plannedImage = imageOf('');

function imageOf(output: string): { readonly output: string; readonly bytes: Buffer } {
  const bytes = Buffer.concat([Buffer.from(PLANNED_OUTPUT), Buffer.alloc(DIGEST_BYTES), Buffer.from(output)]);
  return { output, bytes };
}

function stageFields(node: Keyed, conditions: Conditions, codes: ReadonlyMap<string, CodeIdentity>): readonly Field[] {
  const code = codes.get(node.stage);
  if (code === undefined) throw new Error(`internal error: no code for stage ${node.stage}`);
  const fields = [
    textField('stage', node.stage),
    { name: 'code', digest: code.digest, preview: short(code.digest) },
    textField('runtime', `node ${conditions.nodeMajor}`),
    textField('schema', String(SCHEMA)),
  ];
  for (const { name, version, digest } of code.packages) fields.push({ name: `dep.${name}`, digest, preview: version });
  for (const name of node.env) {
    if (node.secrets?.includes(name) === true) {
      fields.push(secretVariable(name, conditions.secrets?.get(`env:${name}`)?.digest));
      continue;
    }
    const value = conditions.env[name];
    // A value may be private: only its digest is kept.
    const preview = value === undefined ? '(not set)' : '(set)';
    fields.push({ name: `env.${name}`, digest: valueDigest(value ?? null), preview });
  }
  for (const path of node.reads) {
    const { digest } = conditions.reads.get(path)!;
    fields.push({ name: `reads.${path}`, digest, preview: short(digest) });
  }
  if (node.compute) {
    const { backend } = conditions;
    if (backend === null) throw new Error(`internal error: no backend for compute stage ${node.stage}`);
    const preview = `${backend.name} ${backend.version} on ${backend.device}`;
    fields.push({ name: 'backend', digest: valueDigest([preview, backend.digest]), preview });
  }
  return fields;
}

function textField(name: string, value: string): Field {
  return { name, digest: valueDigest(value), preview: value };
}
