/**
 * Remembered plans of complete runs: for a run in which nothing has changed since, and as a base for the next plan.
 *
 * A memo has the states of all nodes and everything that their plan keys depend on: source files and how imports
 * resolved to them, external files, environment variables that stages declare or `build` read, the backend. If those
 * are unchanged and every state is still complete, all nodes are hits, and no graph, no esbuild and no schema is
 * loaded. Otherwise the plan is made from the graph, based on the memo (see earlier-plan.ts). When a plan key gets
 * another state (see the recorder's healing), these memos are deleted.
 */
import { join } from 'node:path';
import { isSameBackend } from '../../../core/identity/backend-identity.ts';
import type { Digest } from '../../../core/identity/digest.ts';
import type { Cache } from '../../../store/cache.ts';
import type { BackendSearch } from '../../../identity/compute/backend.ts';
import { isSameEnvironment } from '../../../identity/environment/environment-reads.ts';
import { areUnchanged } from '../../../identity/dependency-list.ts';
import { filesBelow, pathDigest } from '../../../store/files/path-digest.ts';
import { PLAN_MEMO } from '../../../store/memo/memo-kinds.ts';
import { memoKey } from '../../definition/memo-key.ts';
import { type ResolvedRequest, wantsEverything } from '../../request/resolve-request.ts';
import { computeAgain } from '../conditions/compute-needed.ts';
import type { Plan } from '../plan.ts';
import type { SecretDigests } from '../conditions/secret-digests.ts';
import { decodePlan, planKeyAt, type PlanMemo, stateKeyAt } from './plan-memo.ts';

export interface RememberedPlan {
  readonly plan: Plan;
  /** See `Planned`. */
  readonly paths: () => readonly string[];
}

/** The plan of all nodes, if it is certain that every state is found; undefined otherwise. */
export async function rememberedPlan(
  cache: Cache,
  request: ResolvedRequest,
  search: BackendSearch,
): Promise<RememberedPlan | undefined> {
  const key = planMemoKey(request, cache.query.equivalences.ended());
  const stored = key === undefined ? undefined : cache.memos.get(key);
  if (stored === undefined) return undefined;
  const memo = decodePlan(stored);
  if (!areUnchanged(cache.memos, memo.files) || !(await holds(cache, memo, request, search))) return undefined;
  if (lostStates(cache, memo).size > 0) return undefined;
  return { plan: planOf(memo), paths: () => pathsIn([...memo.files, ...memo.externals], memo.reads) };
}

/**
 * Undefined for a request that names nodes: its plan is made from the graph.
 * @param ended how many equivalences were over when the plan was made: it may rest on those that were not
 */
export function planMemoKey(request: ResolvedRequest, ended: number): Digest | undefined {
  if (!wantsEverything(request)) return undefined;
  const { project, layers, workingDirectory, seed, backend, device } = request;
  return memoKey(PLAN_MEMO, [project.entry, layers, workingDirectory, seed, backend, device, ended]);
}

type Paths = readonly (readonly [path: string, ...unknown[]])[];

/** Each path once; of folders that stages declare to read, also what is in them. */
export function pathsIn(files: Paths, reads: Paths): readonly string[] {
  const read = reads.flatMap(([path]) => [path, ...filesBelow(path).map(({ name }) => join(path, name))]);
  return [...new Set([...files.map(([path]) => path), ...read])];
}

/** Ids of a plan's states that are no longer on record, or have missing bytes. */
export function lostStates(cache: Cache, { stateIds }: PlanMemo): ReadonlySet<number> {
  const lost = new Set<number>();
  for (const { asked, state } of cache.query.states.goneOrWithObjects(stateIds))
    if (state === undefined || !cache.isComplete(state)) lost.add(asked);
  return lost;
}

function planOf(memo: PlanMemo): Plan {
  const { pipeline, params, backend, results, recorded, ids, stages, stageOf, nameIds, stateIds, seconds } = memo;
  const equivalences = new Map(memo.equivalences);
  return {
    pipeline,
    params,
    backend,
    results,
    recordedInputs: recorded,
    nodes: ids.map((id, node) => ({ id, stage: stages[stageOf[node]!]![0], nameId: nameIds[node]! })),
    steps: ids.map((_, node) => ({
      status: 'hit',
      planned: true,
      planKey: planKeyAt(memo, node),
      state: { id: stateIds[node]!, key: stateKeyAt(memo, node), seconds: seconds[node]!, complete: true },
      equivalence: equivalences.get(node),
    })),
  };
}

/** A reference may name another state by now, as a tag that moved does. */
async function recordedHolds(cache: Cache, memo: PlanMemo, { project }: ResolvedRequest): Promise<boolean> {
  if (memo.recorded.length === 0) return true;
  const { isSameRecorded } = await import('../outside/recorded-inputs.ts');
  const pipeline = { name: memo.pipeline, source: project.source, root: project.root };
  return memo.recorded.every((input) => isSameRecorded(cache, input, pipeline));
}

/** Loaded here: most plans need no secret. */
async function secretsHold(cache: Cache, known: SecretDigests, { project }: ResolvedRequest): Promise<boolean> {
  const { areSecretsAsTheyWere } = await import('../conditions/secret-digests.ts');
  return areSecretsAsTheyWere(known, { cacheDirectory: cache.directory, root: project.root });
}

async function holds(cache: Cache, memo: PlanMemo, request: ResolvedRequest, search: BackendSearch): Promise<boolean> {
  try {
    for (const [path, digest] of memo.externals)
      if ((await cache.memos.fileDigest(path)).digest !== digest) return false;
    for (const [path, digest] of memo.reads)
      if ((await pathDigest(path, async (file) => (await cache.memos.fileDigest(file)).digest)) !== digest)
        return false;
  } catch {
    // Planning from the graph reports the error of the file.
    return false;
  }
  if (!isSameEnvironment(memo.env) || !(await recordedHolds(cache, memo, request))) return false;
  if (memo.secrets !== undefined && !(await secretsHold(cache, memo.secrets, request))) return false;
  if (memo.backend === null) return true;
  const compute = await computeAgain(memo.computeAt, request, search);
  return compute !== undefined && isSameBackend(compute.backend, memo.backend);
}
