/**
 * The plan of a complete run as bytes: what it depends on as JSON, and a column for each fact about the nodes.
 *
 *     u32le length of the header, header (JSON), names of the nodes (one a line),
 *     for each column its values in the order of nodes: stage (u32), name id, state id, seconds (f64),
 *     plan key and state key of each node (32 bytes each)
 */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { CacheKey, Digest, PlanKey } from '../../core/identity/digest.ts';
import type { Graph } from '../../core/graph/graph.ts';
import type { BackendIdentity } from '../../identity/compute/backend.ts';
import type { DependencyList } from '../../identity/dependency-list.ts';
import type { EnvironmentReads } from '../../identity/environment/environment-reads.ts';

/** What the plan depends on, and what it says of the whole run. */
export interface PlanFacts {
  readonly pipeline: string;
  readonly params: CanonicalValue;
  readonly results: Graph['results'];
  readonly files: DependencyList;
  readonly externals: readonly (readonly [path: string, digest: Digest])[];
  /** Variables that a stage declares, and those that the pipeline's own code read. */
  readonly env: EnvironmentReads;
  readonly backend: BackendIdentity | null;
  /** Names of the stages, and what `stageText` says of each. */
  readonly stages: readonly (readonly [name: string, text: string])[];
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
  /** Seconds that the state took to make, by node. */
  readonly seconds: Float64Array;
  /** By node: its plan key and its state's key, as hex digits, one after the other. */
  readonly keys: string;
}

const KEY_DIGITS = 64;

export function planKeyAt({ keys }: PlanMemo, node: number): PlanKey {
  return keys.slice(2 * node * KEY_DIGITS, (2 * node + 1) * KEY_DIGITS) as PlanKey;
}

export function stateKeyAt({ keys }: PlanMemo, node: number): CacheKey {
  return keys.slice((2 * node + 1) * KEY_DIGITS, (2 * node + 2) * KEY_DIGITS) as CacheKey;
}

interface Header extends PlanFacts {
  readonly nodes: number;
  readonly idBytes: number;
}

export function encodePlan({ ids, stageOf, nameIds, stateIds, seconds, keys, ...facts }: PlanMemo): Buffer {
  const names = Buffer.from(ids.join('\n'));
  const header = Buffer.from(JSON.stringify({ ...facts, nodes: ids.length, idBytes: names.length } satisfies Header));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const columns = [stageOf, nameIds, stateIds, seconds].map((column) => Buffer.from(column.buffer));
  return Buffer.concat([length, header, names, ...columns, Buffer.from(keys, 'hex')]);
}

export function decodePlan(bytes: Buffer): PlanMemo {
  let at = 4 + bytes.readUInt32LE(0);
  const { nodes, idBytes, ...facts } = JSON.parse(bytes.toString('utf8', 4, at)) as Header;
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  // Columns are copied to where their numbers are aligned.
  const column = (width: number): ArrayBuffer => Uint8Array.from(take(nodes * width)).buffer;
  return {
    ...facts,
    ids: take(idBytes).toString().split('\n'),
    stageOf: new Uint32Array(column(Uint32Array.BYTES_PER_ELEMENT)),
    nameIds: new Float64Array(column(Float64Array.BYTES_PER_ELEMENT)),
    stateIds: new Float64Array(column(Float64Array.BYTES_PER_ELEMENT)),
    seconds: new Float64Array(column(Float64Array.BYTES_PER_ELEMENT)),
    keys: bytes.toString('hex', at),
  };
}
