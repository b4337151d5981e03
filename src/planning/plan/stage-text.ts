/** The parts of the keys that all nodes of a stage share, as one text to compare with other runs. */
import type { Field } from '../../core/identity/cache-key.ts';
import type { Graph, GraphNode } from '../../core/graph/graph.ts';

/** By stage: its name, its fields and, if its nodes draw random numbers, the seed. */
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
