/**
 * Branching off a state on record: the graph of today, in which what is kept of an earlier run is not a node any more
 * but an output on record. So a branch goes on from what a run made, also where the code that made it is another by
 * now.
 */
import type { RecordedRef } from '../../core/authoring/state-output.ts';
import type { Graph, GraphInput, GraphNode } from '../../core/graph/graph.ts';
import type { CacheKey } from '../../core/identity/digest.ts';
import { DefinitionError } from '../../errors.ts';
import type { RunResult } from '../../store/record/facts.ts';
import { nodeTexts } from '../../planning/definition/graph-memo.ts';

export interface BranchOrigin {
  /** The run that is branched off. */
  readonly run: number;
  /** The node of the state that is branched off; null for the complete run. */
  readonly node: string | null;
  /** The states that its nodes had in the run. */
  readonly states: ReadonlyMap<string, CacheKey>;
}

export interface BranchedGraph {
  /** Nodes that run, or are looked up, with today's code. */
  readonly graph: Graph;
  /** Nodes that are taken from the run. */
  readonly kept: readonly string[];
  /** The results that are theirs. */
  readonly keptResults: readonly RunResult[];
}

/**
 * @param before today's graph with the parameters of the run
 * @param after the same with the parameters of the branch
 * @throws DefinitionError if nothing is left to do, or the branch changes what it keeps
 */
export function branchOff(before: Graph, after: Graph, origin: BranchOrigin): BranchedGraph {
  const changed = changedNodes(before, after);
  const wanted = origin.node === null ? undefined : nodesAbove(after, origin);
  const kept = after.nodes.map(({ id }, index) =>
    wanted === undefined ? !changed[index]! && origin.states.has(id) : wanted[index]!,
  );
  const spoilt = after.nodes.findIndex((_, index) => kept[index]! && changed[index]!);
  if (spoilt >= 0)
    throw new DefinitionError(
      `The branch keeps ${origin.node!} of run ${origin.run} as it was, but its parameters change ${after.nodes[spoilt]!.id}, which was needed for it; branch off the run, or off a node above that one.`,
    );
  const position = new Map<number, number>();
  const nodes: GraphNode[] = [];
  for (const [index, node] of after.nodes.entries()) {
    if (kept[index]!) continue;
    position.set(index, nodes.length);
    const inputs = node.inputs.map((input): GraphInput => ({ ...input, from: moved(input.from) }));
    nodes.push({ ...node, inputs });
  }
  if (nodes.length === 0)
    throw new DefinitionError(
      `The branch changes nothing of run ${origin.run}: every node is kept; give what differs with -S path=value.`,
    );
  const results = after.results.flatMap(({ name, node, output }) =>
    position.has(node) ? [{ name, node: position.get(node)!, output }] : [],
  );
  const keptResults = after.results.flatMap(({ name, node, output }) =>
    position.has(node) ? [] : [{ name, node: after.nodes[node]!.id, output }],
  );
  return {
    graph: { ...after, nodes, results },
    kept: after.nodes.filter((_, index) => kept[index]).map(({ id }) => id),
    keptResults,
  };

  function moved(from: GraphInput['from']): GraphInput['from'] {
    if (!('node' in from) || !kept[from.node]!)
      return 'node' in from ? { ...from, node: position.get(from.node)! } : from;
    return recordedOutput(after.nodes[from.node]!, from.output, origin);
  }
}

function recordedOutput({ id, outputs }: GraphNode, output: string, { states }: BranchOrigin): RecordedRef {
  return { recorded: `${states.get(id)!}.${output}`, kind: outputs.find(({ name }) => name === output)!.kind };
}

/** Nodes whose definition is not what it was before, and all below them. */
function changedNodes(before: Graph, after: Graph): readonly boolean[] {
  const texts = nodeTexts(before);
  const then = new Map(before.nodes.map(({ id, stage }, index) => [id, { stage, text: texts[index]! }]));
  const changed: boolean[] = [];
  for (const [index, text] of nodeTexts(after).entries()) {
    const { id, stage, inputs } = after.nodes[index]!;
    const same = then.get(id);
    changed.push(
      same?.stage !== stage || same.text !== text || inputs.some(({ from }) => 'node' in from && changed[from.node]!),
    );
  }
  return changed;
}

/** The node and all that it needs in today's graph. @throws DefinitionError if today's graph has no such node */
function nodesAbove({ pipeline, nodes }: Graph, { node, run, states }: BranchOrigin): readonly boolean[] {
  const start = nodes.findIndex(({ id }) => id === node);
  if (start < 0)
    throw new DefinitionError(
      `${pipeline} has no node ${node!} any more, so nothing can go on from it; wire the state in with stateOutput("run:${run}/${node!}.OUTPUT", codec).`,
    );
  const needed = nodes.map((_, index) => index === start);
  for (let index = start; index >= 0; index--)
    if (needed[index]) for (const { from } of nodes[index]!.inputs) if ('node' in from) needed[from.node] = true;
  // What the run did not have, since the graph was another one then, has no state to keep.
  return nodes.map(({ id }, index) => needed[index]! && states.has(id));
}
