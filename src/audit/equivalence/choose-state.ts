/** Which state on record a node's new key is to mean. */
import { diffFields, type Field, type FieldChange } from '../../core/identity/cache-key.ts';
import type { GraphNode } from '../../core/graph/graph.ts';
import { short } from '../../core/identity/digest.ts';
import { UsageError } from '../../errors.ts';
import { changeClause } from '../../identity/change-clause.ts';
import type { Cache } from '../../store/cache.ts';
import type { PipelineId } from '../../store/query/runs.ts';
import type { StateRecord } from '../../store/query/states.ts';
import { isSameButForName } from '../change/source-changes.ts';

/** A node without a state, and the key that it would get one under. */
export interface Keyless {
  readonly node: GraphNode;
  readonly fields: readonly Field[];
}

const COMPARED_RUNS = 24;
const COMPARED_STATES = 16;

/**
 * The node's own state that differs in the fewest fields, and of several the newest one: the state that a plan compares
 * the node with. @throws UsageError if it has none that can be used
 */
export function nearestState(cache: Cache, keyless: Keyless, pipeline: PipelineId): StateRecord {
  const { id } = keyless.node;
  const states = statesOfNode(cache, id, pipeline);
  if (states.length === 0)
    throw new UsageError(
      `Node ${id} has no earlier state to accept in its place; run it, name a state with --state, or its earlier name with --renamed.`,
    );
  return usable(cache, keyless, nearest(cache, keyless, states));
}

/** @throws UsageError if the state is of another stage, or cannot be used in place of the node's own */
export function namedState(cache: Cache, keyless: Keyless, state: StateRecord): StateRecord {
  const { id, stage } = keyless.node;
  if (state.stage !== stage)
    throw new UsageError(
      `State ${short(state.key)} is of the stage ${state.stage}, and ${id} is of ${stage}; name a state of ${stage}, or say with --renamed that the stage was called ${state.stage}.`,
    );
  return usable(cache, keyless, state);
}

/**
 * The state that the node had under an earlier name, of itself or of its stage. @throws UsageError if there is none
 * that differs in names alone
 */
export function renamedState(cache: Cache, keyless: Keyless, before: string, pipeline: PipelineId): StateRecord {
  const { id, stage } = keyless.node;
  const key = id.includes('@') ? id.slice(id.indexOf('@')) : '';
  const called = before.includes('@') ? before : before + key;
  const candidates = [
    ...statesOfNode(cache, called, pipeline),
    ...cache.query.states.recent(before, COMPARED_STATES).map((state) => cache.query.states.get(state.id)!),
  ];
  if (candidates.length === 0)
    throw new UsageError(
      `Neither a node ${called} of ${pipeline.name} nor a stage ${before} has a state on record; "restage log" and "restage show" tell which names there are.`,
    );
  const state = nearest(cache, keyless, candidates);
  const others = changesFrom(cache, keyless, state).filter((change) => !isOfName(cache, keyless, state, change));
  if (others.length > 0)
    throw new UsageError(
      `${id} differs in more than its name from the nearest state of ${before}, ${short(state.key)}: ${others.map(changeClause).join(', ')}${state.stage === stage ? '; accept that state with --state' : '; undo that first, and accept it after the renaming'}.`,
    );
  return usable(cache, keyless, state);
}

/** The fields in which the node's key differs from that of the state. */
export function changesFrom({ query }: Cache, { fields }: Keyless, { id }: StateRecord): readonly FieldChange[] {
  return diffFields(query.states.fields(id), fields);
}

function statesOfNode({ query }: Cache, node: string, pipeline: PipelineId): readonly StateRecord[] {
  const runs = query.runs.latestIds(COMPARED_RUNS, [pipeline]);
  return query.visits
    .states(node, runs, query.states.newest())
    .slice(0, COMPARED_STATES)
    .map((id) => query.states.get(id)!);
}

/** @param states the newest first, and at least one */
function nearest(cache: Cache, keyless: Keyless, states: readonly StateRecord[]): StateRecord {
  const distances = states.map((state) => changesFrom(cache, keyless, state).length);
  return states[distances.indexOf(Math.min(...distances))]!;
}

/** Names are in the key as that of the stage, in its code, and in the seed of random numbers. */
function isOfName(cache: Cache, { fields }: Keyless, state: StateRecord, { name }: FieldChange): boolean {
  if (name === 'stage') return true;
  if (name === 'seed') return seedOf(fields) === seedOf(cache.query.states.fields(state.id));
  return (
    name === 'code' && isSameButForName(cache, state.code.digest, fields.find((each) => each.name === name)!.digest)
  );
}

/** The run's seed, of a preview such as `0 for fit`. */
function seedOf(fields: readonly Field[]): string | undefined {
  return fields.find(({ name }) => name === 'seed')?.preview.split(' for ', 1)[0];
}

/** @throws UsageError */
function usable(cache: Cache, { node }: Keyless, state: StateRecord): StateRecord {
  const outputs = new Map(cache.query.states.outputs(state.id).map(({ name, kind }) => [name, kind]));
  const missing = node.outputs.find(({ name, kind }) => outputs.get(name) !== kind);
  if (missing !== undefined)
    throw new UsageError(
      `State ${short(state.key)} has no output ${missing.name} (${missing.kind}), which ${node.id} declares now, so it cannot stand for it; run ${node.id}.`,
    );
  const row = cache.query.states.byKey(state.key)!;
  if (!cache.isComplete(row))
    throw new UsageError(
      `Bytes of state ${short(state.key)} are missing from the cache, so it cannot stand for ${node.id}; run ${node.id}, or name another state with --state.`,
    );
  return state;
}
