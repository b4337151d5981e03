/** Where a record's columns go in the arena. */
import type { NetworkGraph } from '../network/graph.ts';
import { type Call, call } from './kernel.ts';
import { gather } from './kernels/inputs.ts';
import type { Plan } from './forward.ts';
import type { ArenaLayout } from './layout.ts';

/** The arena row of each column of a training set's records: inputs, codes, targets, the weight. */
function columnPlaces({ nodes, targets }: NetworkGraph, arena: ArenaLayout): readonly number[] {
  const continuous = nodes.findIndex(({ op }) => op === 'continuous');
  return [
    ...(continuous === -1 ? [] : arena.features[continuous]!),
    ...arena.codes,
    ...Array.from({ length: targets }, (_, t) => arena.targets + t),
    arena.weights,
  ];
}

/**
 * Calls that gather whole batches: number i takes networks from the i-th on in the order of `slots`; and one that
 * gathers inputs alone, from records without targets.
 */
export function gatherCalls(
  { graph, arena, lists }: Plan,
  members: number,
): { readonly batches: readonly Call[]; readonly inputs: Call } {
  const places = columnPlaces(graph, arena);
  const into = lists.add(places);
  const of = (first: number, columns: number): Call => call(gather, { first, columns, into }, [arena.rows, columns]);
  return {
    batches: Array.from({ length: members }, (_, first) => of(first, places.length)),
    inputs: of(0, places.length - graph.targets - 1),
  };
}
