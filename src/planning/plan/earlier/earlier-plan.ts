/**
 * The plan of an earlier complete run, compared with a new graph node by node. If a node and all nodes above it are
 * defined as before, it has the same plan key and, if its state still exists, the same state.
 *
 * Everything here is a shortcut. Any node that does not match is computed and looked up as if there were no earlier
 * plan.
 */
import type { PlanKey } from '../../../core/identity/digest.ts';
import type { Graph } from '../../../core/graph/graph.ts';
import { outsideDigest, type OutsideDigests } from '../outside/outside.ts';
import type { KnownState } from '../plan.ts';

/** The result of an earlier complete run, by its own numbering of nodes. */
export interface CompleteRun {
  readonly ids: readonly string[];
  /** The text of the node's stage, by `stageTexts`. */
  readonly stageText: (node: number) => string;
  /** See `nodeTexts`. */
  readonly nodeTexts: readonly string[];
  /** See `OutsideDigests`. */
  readonly files: OutsideDigests;
  readonly planKey: (node: number) => PlanKey;
  readonly nameId: (node: number) => number;
  /** Undefined if the state was deleted or has lost bytes since. */
  readonly state: (node: number) => KnownState | undefined;
}

/** An earlier plan in the numbering of a new graph. */
export interface EarlierPlan {
  /** Whether the node has the same name, stage, code, parameters, seed, wiring and files as then. */
  isSame(node: number): boolean;
  /** The plan key of the node with this name; undefined if there was none. */
  planKey(node: number): PlanKey | undefined;
  /** The state of the node with this name, as it is on record now. */
  state(node: number): KnownState | undefined;
  nameId(node: number): number | undefined;
}

/**
 * @param stageText returns the current text of a stage
 * @param texts of the graph's nodes, by `nodeTexts`
 */
export function earlierPlan(
  run: CompleteRun,
  graph: Graph,
  texts: readonly string[],
  stageText: (stage: string) => string,
  files: OutsideDigests,
): EarlierPlan {
  const positions = positionsOf(run.ids, graph);
  const isSame = (node: number): boolean => {
    const { stage, inputs } = graph.nodes[node]!;
    const then = positions[node]!;
    if (then < 0 || run.nodeTexts[then] !== texts[node] || run.stageText(then) !== stageText(stage)) return false;
    for (const { from } of inputs)
      if (!('node' in from) && outsideDigest(run.files, from) !== outsideDigest(files, from)) return false;
    return true;
  };
  return {
    isSame,
    planKey: (node) => (positions[node]! < 0 ? undefined : run.planKey(positions[node]!)),
    state: (node) => (positions[node]! < 0 ? undefined : run.state(positions[node]!)),
    nameId: (node) => (positions[node]! < 0 ? undefined : run.nameId(positions[node]!)),
  };
}

/** For each node of the graph, the earlier position of the node with its name; -1 for a new name. */
function positionsOf(ids: readonly string[], { nodes }: Graph): readonly number[] {
  let byId: Map<string, number> | undefined;
  return nodes.map(({ id }, index) => {
    // Most edits neither add nor remove nodes.
    if (ids[index] === id) return index;
    byId ??= new Map(ids.map((known, at) => [known, at]));
    return byId.get(id) ?? -1;
  });
}
