import fc from 'fast-check';
import { MultiDirectedGraph } from 'graphology';
import { hasCycle, topologicalSort } from 'graphology-dag';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { json } from '../../../src/core/artifact/codecs/json.ts';
import { many, stage } from '../../../src/core/authoring/stage.ts';
import { buildGraph, type NodeSpec } from '../../../src/core/graph/build-graph.ts';
import { CycleError } from '../../../src/errors.ts';

const step = stage({
  name: 'test/step',
  params: z.strictObject({}),
  inputs: { xs: many(json<number>()) },
  outputs: { x: json<number>() },
  run: () => ({ x: 0 }),
});

/** By node, the nodes that it takes, which may come later and may repeat. */
const wirings = fc
  .integer({ min: 1, max: 12 })
  .chain((count) => fc.array(fc.array(fc.nat(count - 1), { maxLength: 4 }), { minLength: count, maxLength: count }));

function nodesOf(wiring: readonly (readonly number[])[]): readonly NodeSpec[] {
  return wiring.map((takes, index) => ({
    id: `n${index}`,
    stage: step,
    params: {},
    inputs: takes.map((from, at) => ({ slot: 'xs', index: at, from: { node: `n${from}`, output: 'x' } })),
    tags: [],
    policy: {},
  }));
}

/** The same graph in graphology, as a reference that knows nothing of pipelines. */
function reference(wiring: readonly (readonly number[])[]): MultiDirectedGraph {
  const graph = new MultiDirectedGraph({ allowSelfLoops: true });
  for (const index of wiring.keys()) graph.addNode(`n${index}`);
  for (const [index, takes] of wiring.entries())
    for (const from of takes) graph.addDirectedEdge(`n${from}`, `n${index}`);
  return graph;
}

test('a graph is sorted as graphology sorts it, and refused exactly where graphology finds a cycle', () => {
  fc.assert(
    fc.property(wirings, (wiring) => {
      const spec = { pipeline: 'p', params: {}, nodes: nodesOf(wiring), results: [] };
      const graph = reference(wiring);
      if (hasCycle(graph)) {
        expect(() => buildGraph(spec)).toThrow(CycleError);
        return;
      }
      const { nodes } = buildGraph(spec);
      expect(nodes.map(({ id }) => id)).toEqual(topologicalSort(graph));
      for (const [index, { id, inputs }] of nodes.entries()) {
        const takes = wiring[Number(id.slice(1))]!;
        expect(inputs.map(({ from }) => ('node' in from ? nodes[from.node]!.id : JSON.stringify(from)))).toEqual(
          takes.map((from) => `n${from}`),
        );
        for (const { from } of inputs) expect('node' in from && from.node < index).toBe(true);
      }
    }),
  );
});

test('a cycle is named by its nodes, in the direction of the data', () => {
  const spec = { pipeline: 'p', params: {}, nodes: nodesOf([[], [0, 3], [1], [2], [3]]), results: [] };
  expect(() => buildGraph(spec)).toThrow(/n1 -> n2 -> n3 -> n1|n2 -> n3 -> n1 -> n2|n3 -> n1 -> n2 -> n3/);
});
