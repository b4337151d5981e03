/**
 * Several graphs of one pipeline as one graph: what they share is in it once. Two nodes are one if their stages,
 * parameters and inputs are the same and, where they draw random numbers, what names their random streams.
 */
import { DefinitionError } from '../../errors.ts';
import type { Graph, GraphInput, GraphNode } from './graph.ts';

/** One of the graphs. */
export interface Part {
  /** Before the names of the nodes that no part before it has. */
  readonly name: string;
  /** Of the random streams of its nodes. */
  readonly seed: number;
  readonly graph: Graph;
}

export interface Union {
  readonly graph: Graph;
  /** For each part, the position in the union of each of its nodes. */
  readonly positions: readonly Uint32Array[];
}

/** @throws DefinitionError if there is no part */
export function unionOf(pipeline: string, parts: readonly Part[]): Union {
  const [first] = parts;
  if (first === undefined) throw new DefinitionError(`${pipeline} has no branches.`);
  const nodes: GraphNode[] = [];
  const known = new Map<string, number>();
  const positions: Uint32Array[] = [];
  const results: Graph['results'][number][] = [];
  for (const part of parts) {
    const at = new Uint32Array(part.graph.nodes.length);
    for (const [index, node] of part.graph.nodes.entries()) {
      const moved = movedNode(node, part, at);
      const text = textOf(moved);
      let position = known.get(text);
      if (position === undefined) {
        position = nodes.push(moved) - 1;
        known.set(text, position);
      }
      at[index] = position;
    }
    positions.push(at);
    for (const { name, node, output } of part.graph.results)
      results.push({ name: `${part.name}/${name}`, node: at[node]!, output });
  }
  return { graph: { pipeline, params: first.graph.params, nodes, results }, positions };
}

/** A node of a part as a node of the union: it has the key that it has in its part. */
function movedNode(node: GraphNode, { name, seed }: Part, at: Uint32Array): GraphNode {
  const inputs = node.inputs.map((input): GraphInput => {
    const { from } = input;
    return 'node' in from ? { ...input, from: { node: at[from.node]!, output: from.output } } : input;
  });
  const moved = { ...node, id: `${name}/${node.id}`, inputs };
  // Its own name names its random streams, wherever it is.
  return node.random ? { ...moved, seed, seedKey: node.seedKey ?? node.id } : moved;
}

function textOf({ stage, params, inputs, seed, seedKey }: GraphNode): string {
  return JSON.stringify([stage, params, inputs, seed ?? null, seedKey ?? null]);
}
