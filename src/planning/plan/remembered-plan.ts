/**
 * The plan of a run in which nothing changed since the last complete one, from memory: no graph, no esbuild and no schema
 * is loaded.
 *
 * The states of the last complete run are memoised with all that their plan keys depend on: source files and where
 * imports found them, external files, environment variables that stages declare or `build` read, the backend. If those
 * are unchanged and every state is still complete, the plan is all hits; otherwise it is made from the graph, with the
 * same outcome. Whatever gives a plan key another state (see the recorder's healing) deletes these memos.
 */

import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { CacheKey, Digest, PlanKey } from '../../core/identity/digest.ts';
import type { Graph } from '../../core/graph/graph.ts';
import type { Cache } from '../../store/cache.ts';
import { type BackendIdentity, type BackendSearch, resolveCompute } from '../../identity/compute/backend.ts';
import {
  type EnvironmentReads,
  environmentDigest,
  isSameEnvironment,
} from '../../identity/environment/environment-reads.ts';
import { areUnchanged, type DependencyList } from '../../identity/dependency-list.ts';
import { memoKey } from '../definition/memo-key.ts';
import { type ResolvedRequest, wantsEverything } from '../request/resolve-request.ts';
import type { Plan } from './plan.ts';
import type { PreparedRun } from './prepared-run.ts';

/** What is kept beside the keys. */
interface PlanMemo {
  readonly pipeline: string;
  readonly params: CanonicalValue;
  readonly files: DependencyList;
  readonly externals: readonly (readonly [path: string, digest: Digest])[];
  /** Variables that a stage declares, and those that the pipeline's own code read. */
  readonly env: EnvironmentReads;
  readonly backend: BackendIdentity | null;
  readonly nodes: readonly string[];
  readonly stages: readonly string[];
  /** Index into `stages` for every node. */
  readonly stageOf: readonly number[];
  readonly results: Graph['results'];
  /** Ids of the nodes' names in this cache's database. */
  readonly nameIds: readonly number[];
  /** Ids of the nodes' states. */
  readonly stateIds: readonly number[];
  /** Seconds that each state took to make. */
  readonly seconds: readonly number[];
}

const KEY_BYTES = 32;

/** The plan of all nodes, if this request is certain to find every state; undefined otherwise. */
export async function rememberedPlan(
  cache: Cache,
  request: ResolvedRequest,
  search: BackendSearch,
): Promise<Plan | undefined> {
  const key = keyOf(request);
  const stored = key === undefined ? undefined : cache.memos.get(key);
  if (stored === undefined) return undefined;
  const headerEnd = 4 + stored.readUInt32LE(0);
  const memo = JSON.parse(stored.toString('utf8', 4, headerEnd)) as PlanMemo;
  if (!areUnchanged(cache.memos, memo.files) || !(await holds(cache, memo, request, search))) return undefined;
  const suspects = cache.query.states.goneOrWithObjects(memo.stateIds);
  if (!suspects.every((state) => state !== undefined && cache.isComplete(state))) return undefined;
  return planOf(memo, stored.subarray(headerEnd));
}

/** @param keys plan key and state key of every node, in bytes, one after the other. */
function planOf(memo: PlanMemo, keys: Buffer): Plan {
  const keyAt = (position: number): string => keys.toString('hex', position * KEY_BYTES, (position + 1) * KEY_BYTES);
  const { pipeline, params, backend, results } = memo;
  return {
    pipeline,
    params,
    backend,
    results,
    nodes: memo.nodes.map((id, index) => ({
      id,
      stage: memo.stages[memo.stageOf[index]!]!,
      nameId: memo.nameIds[index]!,
    })),
    steps: memo.stateIds.map((id, index) => ({
      status: 'hit',
      planned: true,
      planKey: keyAt(2 * index) as PlanKey,
      state: { id, key: keyAt(2 * index + 1) as CacheKey, seconds: memo.seconds[index]!, whole: true },
    })),
  };
}

/** Remembers the states of a run in which every node came to one. They are on record by now. */
export function rememberPlan(cache: Cache, request: ResolvedRequest, prepared: PreparedRun): void {
  const key = keyOf(request);
  const { definition, conditions, steps } = prepared;
  if (key === undefined || definition.files === undefined) return;
  const planKeys = steps.map((step) => {
    if (step.status === 'excluded') throw new Error('internal error: a run of everything left a node out');
    return step.planKey;
  });
  const states = cache.query.states.byPlanKeys(planKeys);
  // Another process may have found meanwhile that a state below was made of bytes that are lost.
  if (states === undefined) return;
  const { graph } = definition;
  const stages = [...new Set(graph.nodes.map((node) => node.stage))];
  const position = new Map(stages.map((stage, index) => [stage, index]));
  const memo: PlanMemo = {
    pipeline: graph.pipeline,
    params: graph.params,
    files: definition.files,
    externals: [...prepared.fileDigests],
    env: [
      ...definition.env,
      ...Object.keys(conditions.env).map((name) => [name, environmentDigest(name, conditions.env)] as const),
    ],
    backend: conditions.backend,
    nodes: graph.nodes.map((node) => node.id),
    stages,
    stageOf: graph.nodes.map((node) => position.get(node.stage)!),
    results: graph.results,
    nameIds: cache.record.visits.nodeIds(graph.nodes.map((node) => node.id)),
    stateIds: states.map(({ id }) => id),
    seconds: states.map(({ seconds }) => seconds),
  };
  const header = Buffer.from(JSON.stringify(memo));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const keys = Buffer.from(states.map((state, index) => planKeys[index]! + state.key).join(''), 'hex');
  cache.memos.set(key, 'no-op', Buffer.concat([length, header, keys]));
}

/** Undefined for a request that names nodes: its plan is made from the graph. */
function keyOf(request: ResolvedRequest): Digest | undefined {
  if (!wantsEverything(request)) return undefined;
  const { project, overrides, workingDirectory, seed, backend, device } = request;
  return memoKey('no-op', [project.entry, overrides, workingDirectory, seed, backend, device]);
}

async function holds(cache: Cache, memo: PlanMemo, request: ResolvedRequest, search: BackendSearch): Promise<boolean> {
  try {
    for (const [path, digest] of memo.externals)
      if ((await cache.memos.fileDigest(path)).digest !== digest) return false;
  } catch {
    // Planning from the graph says what is wrong with the file.
    return false;
  }
  if (!isSameEnvironment(memo.env)) return false;
  if (memo.backend === null) return true;
  const { backend } = await resolveCompute(request.backend, request.device, search);
  const { digest, version, device } = memo.backend;
  return backend.digest === digest && backend.version === version && backend.device === device;
}
