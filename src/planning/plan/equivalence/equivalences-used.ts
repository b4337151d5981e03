/**
 * Which nodes of a plan have their states by an equivalence. A state that a plan key or an earlier plan leads to does
 * not say so: it is seen by the node's own key, which is another one than the state's.
 */
import type { CacheKey, Digest } from '../../../core/identity/digest.ts';
import type { Graph } from '../../../core/graph/graph.ts';
import type { Cache } from '../../../store/cache.ts';
import { outputDigest } from '../outside/output-digest.ts';
import type { Step } from '../plan.ts';

/** The cache key of a node, by the digests of the outputs that it takes. */
export type ContentKey = (
  node: number,
  digestOf: (from: { readonly node: number; readonly output: string }) => Digest,
) => CacheKey;

type StateOf = (node: number) => { readonly id: number; readonly key: CacheKey } | undefined;

/** By node, the row of the equivalence. @param stateOf its state, if it is on record */
export function equivalencesUsed(
  cache: Cache,
  { nodes }: Graph,
  stateOf: StateOf,
  contentKey: ContentKey,
): ReadonlyMap<number, number> {
  const used = new Map<number, number>();
  const { equivalences } = cache.query;
  if (!equivalences.any()) return used;
  const shared = equivalences.among([...nodes.keys()].flatMap((node) => stateOf(node)?.id ?? []));
  if (shared.size === 0) return used;
  for (const [node, { inputs }] of nodes.entries()) {
    const state = stateOf(node);
    if (state === undefined || !shared.has(state.id)) continue;
    // Below a state whose bytes are gone, the key is not known.
    if (!inputs.every(({ from }) => !('node' in from) || stateOf(from.node) !== undefined)) continue;
    const key = contentKey(node, (from) => outputDigest(cache, stateOf(from.node)!.id, from.output));
    const found = key === state.key ? undefined : equivalences.byKey(key);
    if (found?.state.id === state.id) used.set(node, found.equivalence);
  }
  return used;
}

/** The steps of a plan, each hit with the equivalence that it rests on. */
export function withEquivalences(
  cache: Cache,
  graph: Graph,
  steps: readonly Step[],
  contentKey: ContentKey,
): readonly Step[] {
  const stateOf: StateOf = (node) => {
    const step = steps[node]!;
    return step.status === 'hit' ? step.state : undefined;
  };
  const used = equivalencesUsed(cache, graph, stateOf, contentKey);
  if (used.size === 0) return steps;
  return steps.map((step, node) =>
    used.has(node) && step.status === 'hit' ? { ...step, equivalence: used.get(node) } : step,
  );
}
