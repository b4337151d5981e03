/** The plan of a complete run as bytes: everything that it depends on, and a column for each fact about the nodes. */
import type { BackendIdentity } from '../../../core/identity/backend-identity.ts';
import type { CanonicalValue } from '../../../core/identity/canonical.ts';
import type { CacheKey, Digest, PlanKey } from '../../../core/identity/digest.ts';
import type { Graph } from '../../../core/graph/graph.ts';
import type { ComputeAt } from '../../../identity/compute/elsewhere.ts';
import type { DependencyList } from '../../../identity/dependency-list.ts';
import type { EnvironmentReads } from '../../../identity/environment/environment-reads.ts';
import type { RecordedInput } from '../outside/recorded-inputs.ts';
import type { SecretDigests } from '../conditions/secret-digests.ts';
import { pack, unpack } from '../../definition/packed.ts';

/** Everything that the plan depends on, and the facts about the complete run. */
export interface PlanFacts {
  readonly pipeline: string;
  readonly params: CanonicalValue;
  readonly results: Graph['results'];
  readonly files: DependencyList;
  readonly externals: readonly (readonly [path: string, digest: Digest])[];
  /** Outputs on record that nodes take, as they were found. */
  readonly recorded: readonly RecordedInput[];
  /** Files and folders that stages declare to read, by absolute path. */
  readonly reads: readonly (readonly [path: string, digest: Digest])[];
  /** Variables that a stage declares or that the pipeline's own code read. */
  readonly env: EnvironmentReads;
  /** Secrets that nodes need; undefined if none does. */
  readonly secrets?: SecretDigests | undefined;
  readonly backend: BackendIdentity | null;
  /** Where that was looked for; undefined where nothing but this machine could be meant. */
  readonly computeAt?: ComputeAt | undefined;
  /** Names of the stages, each with its text by `stageTexts`. */
  readonly stages: readonly (readonly [name: string, text: string])[];
  /** Nodes that have their states by an equivalence, each with its row. */
  readonly equivalences: readonly (readonly [node: number, equivalence: number])[];
  /** Key of the memo with the nodes' definitions. */
  readonly texts: Digest;
}

export interface PlanMemo extends PlanFacts {
  readonly ids: readonly string[];
  /** Index into `stages`, by node. */
  readonly stageOf: Uint32Array;
  /** Ids of rows in this cache's database, by node. */
  readonly nameIds: Float64Array;
  readonly stateIds: Float64Array;
  /** Seconds that it took to make the state, by node. */
  readonly seconds: Float64Array;
  /** By node: its plan key and its state's key as hex digits, concatenated. */
  readonly keys: string;
}

const KEY_DIGITS = 64;

export function planKeyAt({ keys }: PlanMemo, node: number): PlanKey {
  return keys.slice(2 * node * KEY_DIGITS, (2 * node + 1) * KEY_DIGITS) as PlanKey;
}

export function stateKeyAt({ keys }: PlanMemo, node: number): CacheKey {
  return keys.slice((2 * node + 1) * KEY_DIGITS, (2 * node + 2) * KEY_DIGITS) as CacheKey;
}

export function encodePlan({ ids, stageOf, nameIds, stateIds, seconds, keys, ...facts }: PlanMemo): Buffer {
  return pack(facts satisfies PlanFacts, ids, [stageOf, nameIds, stateIds, seconds], Buffer.from(keys, 'hex'));
}

export function decodePlan(bytes: Buffer): PlanMemo {
  const { header, names, takeUint32, takeFloat64, rest } = unpack<PlanFacts>(bytes);
  return {
    ...header,
    ids: names,
    stageOf: takeUint32(),
    nameIds: takeFloat64(),
    stateIds: takeFloat64(),
    seconds: takeFloat64(),
    keys: rest().toString('hex'),
  };
}
