import { expect, test } from 'vitest';
import type { Graph, GraphNode } from '../../src/core/graph/graph.ts';
import type { CacheKey } from '../../src/core/identity/digest.ts';
import { branchOff } from '../../src/study/branching/branch-off.ts';
import { graphNode } from '../helpers/graph-node.ts';

function node(id: string, stage: string, from: number | null): GraphNode {
  return graphNode(id, stage, {
    inputs: from === null ? [] : [{ slot: 'x', index: null, from: { node: from, output: 'y' } }],
    outputs: [{ name: 'y', kind: 'json' }],
  });
}

const graphOf = (...nodes: readonly GraphNode[]): Graph => ({ pipeline: 'p', params: {}, nodes, results: [] });
const stateOf = (digit: string): CacheKey => digit.repeat(64) as CacheKey;
const states = new Map([
  ['a', stateOf('a')],
  ['b', stateOf('b')],
  ['c', stateOf('c')],
]);

test('a node that is another stage by now is not kept, nor is anything below it', () => {
  const before = graphOf(node('a', 'p/a', null), node('b', 'p/b', 0), node('c', 'p/c', 1));
  const after = graphOf(node('a', 'p/a', null), node('b', 'p/other', 0), node('c', 'p/c', 1));
  const { graph, kept } = branchOff(before, after, { run: 1, node: null, states });
  expect(kept).toEqual(['a']);
  expect(graph.nodes.map(({ id }) => id)).toEqual(['b', 'c']);
  expect(graph.nodes[0]!.inputs[0]!.from).toEqual({ recorded: `${stateOf('a')}.y`, kind: 'json' });
});

test('of a node that was branched off, everything that it needs is kept, and what the run did not have runs', () => {
  const today = graphOf(node('new', 'p/new', null), node('a', 'p/a', null), node('b', 'p/b', 1), node('c', 'p/c', 2));
  const { graph, kept } = branchOff(today, today, { run: 1, node: 'b', states });
  expect(kept).toEqual(['a', 'b']);
  expect(graph.nodes.map(({ id }) => id)).toEqual(['new', 'c']);
});
