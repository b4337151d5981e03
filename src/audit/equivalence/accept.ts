/**
 * `accept`: declares that the keys which nodes have today mean states that are on record. What would run for an edit
 * that changes nothing, or for a backend that is as good, is a hit from then on.
 */
import type { FieldChange } from '../../core/identity/cache-key.ts';
import { type CacheKey, short } from '../../core/identity/digest.ts';
import { CacheError, UsageError } from '../../errors.ts';
import { LOST_OUTPUT } from '../../planning/plan/reasons/lost-output.ts';
import type { PendingStep, Step } from '../../planning/plan/plan.ts';
import { prepare, type PreparedRun } from '../../planning/plan/prepared-run.ts';
import { newEquivalence } from '../../planning/plan/equivalence/new-equivalence.ts';
import { namedInGraph } from '../../planning/plan/outside/recorded-targets.ts';
import type { ResolvedRequest } from '../../planning/request/resolve-request.ts';
import { resolveTarget } from '../../planning/request/targets.ts';
import type { Cache } from '../../store/cache.ts';
import type { PipelineId } from '../../store/query/runs.ts';
import type { StateRecord } from '../../store/query/states.ts';
import type { NewEquivalence } from '../../store/record/equivalences.ts';
import { changesFrom, namedState, nearestState, renamedState } from './choose-state.ts';

export interface AcceptOptions {
  readonly message: string;
  /** How far the state may be from what the node would give: `verify` holds it to that. */
  readonly tolerance: { readonly relative: number; readonly ulp: number };
  /** Default: each node's nearest one. */
  readonly state?: StateRecord | undefined;
  /** What the nodes or their stage were called. */
  readonly renamed?: string | undefined;
  /** Says what would be accepted, and writes nothing. */
  readonly dryRun: boolean;
}

export interface AcceptedNode {
  /** The number of the equivalence; null in a dry run. */
  readonly id: number | null;
  readonly node: string;
  readonly stage: string;
  readonly key: CacheKey;
  readonly state: CacheKey;
  /** The run that made the state. */
  readonly madeBy: number;
  /** In what the key differs from that of the state. */
  readonly changes: readonly FieldChange[];
}

export interface AcceptReport {
  readonly pipeline: string;
  readonly accepted: readonly AcceptedNode[];
  /** Nodes that were named and have their state. */
  readonly upToDate: readonly string[];
  /** Nodes that were named and wait for others that were named: in a dry run, nobody can say what they will take. */
  readonly waiting: readonly string[];
}

/**
 * The nodes that `request.targets` names.
 * @throws UsageError where nothing can be accepted: a node has its state, waits for another one, or has no earlier
 * state
 */
export async function accept(cache: Cache, request: ResolvedRequest, options: AcceptOptions): Promise<AcceptReport> {
  const accepted: AcceptedNode[] = [];
  for (;;) {
    const prepared = await prepare(cache, request);
    await cache.record.flush();
    const named = namedNodes(cache, request, prepared);
    const of = (status: string): readonly number[] => named.filter((node) => prepared.steps[node]!.status === status);
    const ready = of('run');
    const pending = of('pending');
    if (accepted.length === 0) refuse(cache, prepared, named);
    const found = ready.map((node) => candidate(cache, prepared, pipelineOf(prepared, request), node, options));
    const names = (nodes: readonly number[]): readonly string[] => nodes.map((node) => prepared.nodes[node]!.id);
    if (options.dryRun) {
      const nodes = found.map(({ shown }) => ({ ...shown, id: null }));
      return { pipeline: prepared.pipeline, accepted: nodes, upToDate: names(of('hit')), waiting: names(pending) };
    }
    accepted.push(...write(cache, found));
    if (pending.length === 0 || ready.length === 0) {
      const own = new Set(accepted.map(({ node }) => node));
      const upToDate = names(of('hit')).filter((node) => !own.has(node));
      return { pipeline: prepared.pipeline, accepted, upToDate, waiting: names(pending) };
    }
  }
}

function namedNodes(cache: Cache, request: ResolvedRequest, prepared: PreparedRun): readonly number[] {
  const { graph } = prepared.definition;
  const { source, root } = request.project;
  const { targets } = namedInGraph(cache, graph, request, { name: graph.pipeline, source, root });
  return [...new Set(targets.flatMap((name) => resolveTarget(graph, name)))].sort((a, b) => a - b);
}

function pipelineOf({ pipeline }: PreparedRun, { project }: ResolvedRequest): PipelineId {
  return { name: pipeline, source: project.source };
}

/** @throws UsageError if nothing of this can be accepted, or not yet */
function refuse({ query }: Cache, { steps, nodes }: PreparedRun, named: readonly number[]): void {
  const isNamed = new Set(named);
  for (const node of named) {
    const step = steps[node]!;
    const { id } = nodes[node]!;
    if (step.status === 'run' && step.reason === LOST_OUTPUT)
      throw new UsageError(`Node ${id} has its state on record, and bytes of it are missing from the cache; run it.`);
    if (step.status !== 'pending') continue;
    const above = runningAbove(steps, step);
    if (isNamed.has(above)) continue;
    throw new UsageError(
      `Node ${id} waits for ${nodes[above]!.id}, so nobody knows yet what it takes; accept ${nodes[above]!.id} first, or run it.`,
    );
  }
  const hits = named.flatMap((node) => {
    const step = steps[node]!;
    return step.status === 'hit' ? [{ step, id: nodes[node]!.id }] : [];
  });
  const [first] = hits;
  if (first === undefined || hits.length < named.length) return;
  const { equivalence } = first.step;
  const number = equivalence === undefined ? undefined : query.equivalences.get(equivalence)?.id;
  throw new UsageError(
    hits.length > 1
      ? `All ${hits.length} nodes have their states in the cache; there is nothing to accept.`
      : number === undefined
        ? `Node ${first.id} has its state in the cache; there is nothing to accept.`
        : `Node ${first.id} is accepted already, by equivalence ${number}; take that back with: restage accept --revoke ${number}`,
  );
}

/** A node above that runs whatever others come to: what a pending one waits for may wait as well. */
function runningAbove(steps: readonly Step[], { above }: PendingStep): number {
  let node = above;
  for (let step = steps[node]!; step.status === 'pending'; step = steps[node]!) node = step.above;
  return node;
}

interface Candidate {
  readonly equivalence: NewEquivalence;
  readonly shown: Omit<AcceptedNode, 'id'>;
}

function candidate(
  cache: Cache,
  prepared: PreparedRun,
  pipeline: PipelineId,
  index: number,
  { message, tolerance, state: asked, renamed }: AcceptOptions,
): Candidate {
  const { graph, codes } = prepared.definition;
  const node = graph.nodes[index]!;
  const step = prepared.steps[index]!;
  if (step.status !== 'run') throw new Error(`internal error: node ${node.id} does not run`);
  const { key, fields } = step;
  const keyless = { node, fields };
  const state =
    renamed !== undefined
      ? renamedState(cache, keyless, renamed, pipeline)
      : asked !== undefined
        ? namedState(cache, keyless, asked)
        : nearestState(cache, keyless, pipeline);
  const { run: madeBy } = cache.query.attempts.get(state.attempt)!;
  return {
    equivalence: newEquivalence(cache, { ...prepared, graph, codes, pipeline }, index, state.id, {
      kind: renamed === undefined ? 'accepted' : 'renamed',
      message,
      tolerance,
    }),
    shown: {
      node: node.id,
      stage: node.stage,
      key,
      state: state.key,
      madeBy,
      changes: changesFrom(cache, keyless, state),
    },
  };
}

/** Nodes with one key share an equivalence. @throws CacheError if another process was faster */
function write(cache: Cache, found: readonly Candidate[]): readonly AcceptedNode[] {
  const byKey = new Map(found.map((each) => [each.equivalence.key, each]));
  const ids = cache.record.equivalences.add([...byKey.values()].map(({ equivalence }) => equivalence));
  const idOf = new Map([...byKey.keys()].map((key, index) => [key, ids[index]]));
  return found.map(({ shown }) => {
    const id = idOf.get(shown.key);
    if (id !== undefined) return { ...shown, id };
    throw new CacheError(
      `Another process made or accepted the state of ${shown.node} (${short(shown.key)}) meanwhile; ask again.`,
    );
  });
}
