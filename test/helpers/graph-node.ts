/** A node of a graph for tests that look at a few of its fields. */
import type { GraphNode } from '../../src/core/graph/graph.ts';

/** Without parameters, inputs, outputs, tags and policy, unless `more` has them. */
export function graphNode(id: string, stage: string, more: Partial<GraphNode> = {}): GraphNode {
  return {
    id,
    stage,
    observation: false,
    random: false,
    compute: false,
    env: [],
    reads: [],
    effects: [],
    params: {},
    inputs: [],
    outputs: [],
    tags: [],
    policy: {},
    ...more,
  };
}
