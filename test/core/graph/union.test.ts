import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Graph } from '../../../src/core/graph/graph.ts';
import { type Part, unionOf } from '../../../src/core/graph/union.ts';
import type { Digest } from '../../../src/core/identity/digest.ts';
import { type Conditions, fieldMaker } from '../../../src/identity/node-fields.ts';
import { planGraph } from '../../../src/planning/plan/planner.ts';
import { graphNode } from '../../helpers/graph-node.ts';

const STAGES = ['a', 'b', 'c'];

/** Graphs of one pipeline: a parameter of each node, and which earlier nodes it takes. */
const graphs = fc
  .array(
    fc.record({
      stage: fc.nat(STAGES.length - 1),
      random: fc.boolean(),
      takes: fc.array(fc.nat(20), { maxLength: 3 }),
    }),
    { minLength: 1, maxLength: 7 },
  )
  .chain((shape) =>
    fc
      .array(fc.tuple(fc.array(fc.nat(1), { minLength: 7, maxLength: 7 }), fc.nat(2)), { minLength: 1, maxLength: 4 })
      .map((parts) =>
        parts.map(([values, seed], at): Part => ({ name: `part-${at}`, seed, graph: graphOf(shape, values) })),
      ),
  );

function graphOf(
  shape: readonly { readonly stage: number; readonly random: boolean; readonly takes: readonly number[] }[],
  values: readonly number[],
): Graph {
  const nodes = shape.map(({ stage, random, takes }, index) =>
    graphNode(`n${index}`, `${STAGES[stage]!}${random ? '-random' : ''}`, {
      random,
      params: { value: values[index]! },
      inputs:
        index === 0
          ? []
          : takes.map((from, at) => ({ slot: 'xs', index: at, from: { node: from % index, output: 'x' } })),
      outputs: [{ name: 'x', kind: 'json' }],
    }),
  );
  return { pipeline: 'p', params: {}, nodes, results: [{ name: 'last', node: nodes.length - 1, output: 'x' }] };
}

/** The plan keys of all nodes, of a cache without states. */
function planKeys(graph: Graph, seed: number): readonly string[] {
  const conditions: Conditions = { seed, backend: null, nodeMajor: 20, env: {}, reads: new Map() };
  const code = { digest: '0'.repeat(64) as Digest, packages: [] };
  const fields = fieldMaker(conditions, new Map(graph.nodes.map(({ stage }) => [stage, code])));
  const steps = planGraph({
    graph,
    selected: graph.nodes.map(() => true),
    forced: graph.nodes.map(() => false),
    fieldsOf: (node) => fields.of(graph.nodes[node]!),
    fileDigests: new Map(),
    lookups: {
      byPlanKeys: (keys) => keys.map(() => undefined),
      byKey: () => undefined,
      outputDigest: () => '0'.repeat(64) as Digest,
      comparable: (node) => ({ node, own: [], ofStage: () => [] }),
    },
  });
  return steps.map((step) => (step.status === 'excluded' ? '' : step.planKey));
}

test('a node has the same key in the union as in a run of its part with its seed, whatever the seed of the union', () => {
  fc.assert(
    fc.property(graphs, fc.nat(5), (parts, seed) => {
      const { graph, positions } = unionOf('p', parts);
      const together = planKeys(graph, seed);
      for (const [index, part] of parts.entries())
        expect([...positions[index]!].map((position) => together[position])).toEqual(planKeys(part.graph, part.seed));
    }),
  );
});

test('what has one key is one node of the union, and nothing else is', () => {
  fc.assert(
    fc.property(graphs, (parts) => {
      const { graph } = unionOf('p', parts);
      const keys = planKeys(graph, 0);
      expect(new Set(keys).size).toBe(keys.length);
      expect(graph.nodes).toHaveLength(new Set(parts.flatMap((part) => planKeys(part.graph, part.seed))).size);
    }),
  );
});

test('the union of one graph has its nodes and results, under the name of the part', () => {
  const graph = graphOf(
    [
      { stage: 0, random: false, takes: [] },
      { stage: 1, random: true, takes: [0] },
    ],
    [1, 2],
  );
  const union = unionOf('p', [{ name: 'base', seed: 3, graph }]);
  expect(union.graph.nodes.map(({ id }) => id)).toEqual(['base/n0', 'base/n1']);
  expect(union.graph.nodes[1]).toMatchObject({ seed: 3, seedKey: 'n1' });
  expect(union.graph.results).toEqual([{ name: 'base/last', node: 1, output: 'x' }]);
});
