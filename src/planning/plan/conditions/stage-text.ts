/** The parts of the keys that all nodes of a stage share, as one text to compare with other runs. */
import type { Field } from '../../../core/identity/cache-key.ts';
import type { GraphNode } from '../../../core/graph/graph.ts';

/**
 * By stage: its name, its fields and, if its nodes draw random numbers, the seed.
 * @param stages one node of each stage
 */
export function stageTexts(
  stages: readonly GraphNode[],
  fieldsOf: (node: GraphNode) => readonly Field[],
  seed: number,
): (stage: string) => string {
  const texts = new Map<string, string>();
  for (const node of stages) {
    const fields = fieldsOf(node).map(({ name, digest }) => [name, digest]);
    texts.set(node.stage, JSON.stringify([node.stage, fields, node.random ? seed : null]));
  }
  return (stage) => texts.get(stage)!;
}
