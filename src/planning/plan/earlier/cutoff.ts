/** Early cutoff against an earlier complete run: finds the state of a node whose inputs have the same bytes as then. */
import type { CacheKey, Digest } from '../../../core/identity/digest.ts';
import type { Graph } from '../../../core/graph/graph.ts';
import type { EarlierPlan } from './earlier-plan.ts';
import type { KnownState } from '../plan.ts';

/** The result of a node in this run. */
export interface Made {
  readonly key: CacheKey;
  readonly outputs: () => ReadonlyMap<string, { readonly digest: Digest }>;
}

/** @param outputsOf the outputs of a state on record, by the id of its row */
export function cutoffBy(
  graph: Graph,
  earlier: EarlierPlan | undefined,
  outputsOf: (state: number) => readonly { readonly name: string; readonly digest: Digest }[],
): (node: number, made: (producer: number) => Made) => KnownState | undefined {
  if (earlier === undefined) return () => undefined;
  const digestsOf = new Map<number, ReadonlyMap<string, Digest>>();
  const digestThen = ({ id }: KnownState, output: string): Digest | undefined => {
    let digests = digestsOf.get(id);
    if (digests === undefined) {
      digests = new Map(outputsOf(id).map(({ name, digest }) => [name, digest]));
      digestsOf.set(id, digests);
    }
    return digests.get(output);
  };
  return (node, made) => {
    const state = earlier.state(node);
    if (state === undefined || !earlier.isSame(node)) return undefined;
    for (const { from } of graph.nodes[node]!.inputs) {
      if (!('node' in from)) continue;
      const then = earlier.state(from.node);
      if (then === undefined) return undefined;
      const now = made(from.node);
      // The same key means the same bytes; different keys may have the same bytes.
      if (then.key !== now.key && digestThen(then, from.output) !== now.outputs().get(from.output)?.digest)
        return undefined;
    }
    return state;
  };
}
