/**
 * What a node's key depends on besides its stage and what its inputs come to, as one text to compare: parameters, and
 * wiring by name, so that a node added elsewhere changes nothing. Policy and tags are not in it.
 */
import type { Field } from '../../core/identity/cache-key.ts';
import type { Graph, GraphNode } from '../../core/graph/graph.ts';

/** One text a node, without line breaks. */
export function definitionTexts({ nodes }: Graph): readonly string[] {
  return nodes.map(({ params, inputs }) =>
    JSON.stringify([
      params,
      inputs.map(({ slot, index, from }) =>
        'file' in from
          ? [slot, index, from.file, from.remote?.sha256]
          : [slot, index, nodes[from.node]!.id, from.output],
      ),
    ]),
  );
}

/** By stage: its name, its fields and, where its nodes draw random numbers, the seed, as one text. */
export function stageTexts(
  { nodes }: Graph,
  fieldsOf: (node: GraphNode) => readonly Field[],
  seed: number,
): (stage: string) => string {
  const texts = new Map<string, string>();
  for (const node of nodes) {
    if (texts.has(node.stage)) continue;
    const fields = fieldsOf(node).map(({ name, digest }) => [name, digest]);
    texts.set(node.stage, JSON.stringify([node.stage, fields, node.random ? seed : null]));
  }
  return (stage) => texts.get(stage)!;
}
