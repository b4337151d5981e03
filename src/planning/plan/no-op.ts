/**
 * The short way for a run in which nothing changed: no graph, no esbuild, no schema is loaded.
 *
 * The states that the plan keys of the last complete run have are memoised with all that those keys rest on: source
 * files and where imports found them, external files, environment variables that stages declare or `build` read, the
 * backend. If those are as they were and every state is still there and whole, the run is all hits; otherwise the long
 * way is taken, with the same outcome. Whatever gives a plan key another state (see the recorder's healing) drops these
 * memos, so the keys themselves need not be kept.
 */

import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import type { Graph } from '../../core/graph/graph.ts';
import type { RunEvent } from '../../events.ts';
import type { Cache } from '../../store/cache.ts';
import { type BackendIdentity, resolveCompute, type Surroundings } from '../../identity/compute/backend.ts';
import {
  type EnvironmentReads,
  environmentDigest,
  isSameEnvironment,
} from '../../identity/environment/environment-reads.ts';
import { areUnchanged, type FileList } from '../../identity/dependency-list.ts';
import type { Project } from '../request/project.ts';
import { restageVersion } from '../../identity/environment/package-root.ts';
import type { PipelineRequest } from '../request/request.ts';
import { SCHEMA } from '../../identity/schema.ts';
import type { Session } from './prepared-run.ts';

/** What is kept beside the states' keys. */
export interface NoOpMemo {
  readonly pipeline: string;
  readonly params: CanonicalValue;
  readonly files: FileList;
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
  /** Seconds that the states of all nodes took to make. */
  readonly seconds: number;
}

export interface NoOp {
  readonly memo: NoOpMemo;
  /** The keys of the nodes' states, in bytes, one after the other. */
  readonly keys: Buffer;
}

const KEY_BYTES = 32;

/** The states of all nodes, if this request is a no-op for certain; undefined otherwise. */
export async function findNoOp(
  cache: Cache,
  project: Project,
  request: PipelineRequest,
  surroundings: Surroundings,
): Promise<NoOp | undefined> {
  const key = memoKey(project, request);
  const stored = key === undefined ? undefined : cache.memos.get(key);
  if (stored === undefined) return undefined;
  const headerEnd = 4 + stored.readUInt32LE(0);
  const memo = JSON.parse(stored.toString('utf8', 4, headerEnd)) as NoOpMemo;
  if (!areUnchanged(cache.memos, memo.files) || !(await holds(cache, memo, request, surroundings))) return undefined;
  const suspects = cache.query.states.goneOrWithObjects(memo.stateIds);
  if (!suspects.every((state) => state !== undefined && cache.isComplete(state))) return undefined;
  return { memo, keys: stored.subarray(headerEnd) };
}

/** Remembers the states of a run in which every node came to one. They are on record by now. */
export function rememberNoOp(cache: Cache, project: Project, request: PipelineRequest, session: Session): void {
  const key = memoKey(project, request);
  const { definition, conditions, steps } = session;
  if (key === undefined || definition.files === undefined) return;
  const states = cache.query.states.byPlanKeys(
    steps.map((step) => {
      if (step.status === 'excluded') throw new Error('internal error: a run of everything left a node out');
      return step.planKey;
    }),
  );
  // Another process may have found meanwhile that a state below came of bytes that are no more.
  if (states === undefined) return;
  const { graph } = definition;
  const stages = [...new Set(graph.nodes.map((node) => node.stage))];
  const position = new Map(stages.map((stage, index) => [stage, index]));
  const memo: NoOpMemo = {
    pipeline: graph.pipeline,
    params: graph.params,
    files: definition.files,
    externals: [...session.fileDigests],
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
    seconds: states.reduce((sum, { seconds }) => sum + seconds, 0),
  };
  const header = Buffer.from(JSON.stringify(memo));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length);
  const keys = Buffer.from(states.map((state) => state.key).join(''), 'hex');
  cache.memos.set(key, 'no-op', Buffer.concat([length, header, keys]));
}

/** Records the run's visits and tells its events. */
export function recordNoOp(cache: Cache, run: number, { memo, keys }: NoOp, emit: (event: RunEvent) => void): void {
  cache.record.visits.addHits(
    run,
    memo.stateIds.map((state, index) => ({ node: memo.nameIds[index]!, state })),
  );
  const at = Date.now();
  for (const [index, node] of memo.nodes.entries())
    emit({
      type: 'node-hit',
      at,
      node,
      stage: memo.stages[memo.stageOf[index]!]!,
      how: 'hit',
      state: keys.toString('hex', index * KEY_BYTES, (index + 1) * KEY_BYTES),
    });
}

/** Undefined for a request that names nodes: those go the long way. */
function memoKey(project: Project, request: PipelineRequest): Digest | undefined {
  const { targets = [], until = [], only = [], force = false, overrides = [] } = request;
  if (force || targets.length + until.length + only.length > 0) return undefined;
  const { seed = 0, backend = 'auto', device = 'auto', workingDirectory = process.cwd() } = request;
  const question = [project.entry, overrides, workingDirectory, seed, backend, device];
  return sha256(JSON.stringify(['no-op/v3', SCHEMA, restageVersion(), process.version, ...question]));
}

async function holds(
  cache: Cache,
  memo: NoOpMemo,
  request: PipelineRequest,
  surroundings: Surroundings,
): Promise<boolean> {
  try {
    for (const [path, digest] of memo.externals)
      if ((await cache.memos.fileDigest(path)).digest !== digest) return false;
  } catch {
    // The long way says what is wrong with the file.
    return false;
  }
  if (!isSameEnvironment(memo.env)) return false;
  if (memo.backend === null) return true;
  const { backend } = await resolveCompute(request.backend ?? 'auto', request.device ?? 'auto', surroundings);
  const { digest, version, device } = memo.backend;
  return backend.digest === digest && backend.version === version && backend.device === device;
}
