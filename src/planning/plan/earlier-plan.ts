/**
 * The plan of an earlier complete run, held against a new graph node by node: a node that is defined as it was, below
 * nodes that are, has the same plan key and, if that is still there, the same state.
 *
 * Everything here is a shortcut. Whatever does not match is worked out and looked up as if there were no earlier plan.
 */
import type { Digest, PlanKey } from '../../core/identity/digest.ts';
import type { Graph } from '../../core/graph/graph.ts';
import type { KnownState } from './plan.ts';

/** What an earlier complete run came to, by its own numbering of nodes. */
export interface CompleteRun {
  readonly ids: readonly string[];
  /** What `stageTexts` said of the node's stage. */
  readonly stageText: (node: number) => string;
  /** See `nodeTexts`. */
  readonly nodeTexts: readonly string[];
  /** The user's files by path. */
  readonly files: ReadonlyMap<string, Digest>;
  readonly planKey: (node: number) => PlanKey;
  readonly nameId: (node: number) => number;
  /** Undefined where the state is gone or has lost bytes since. */
  readonly state: (node: number) => KnownState | undefined;
}

/** An earlier plan by the numbering of a new graph. */
export interface EarlierPlan {
  /** Whether the node has the same name, stage, code, parameters, seed, wiring and files as then. */
  isSame(node: number): boolean;
  /** The plan key of the node of this name; undefined if there was none. */
  planKey(node: number): PlanKey | undefined;
  /** The state of the node of this name, as it is on record now. */
  state(node: number): KnownState | undefined;
  nameId(node: number): number | undefined;
}

/**
 * @param stageText of a stage as it is now
 * @param texts of the graph's nodes, by `nodeTexts`
 */
export function earlierPlan(
  run: CompleteRun,
  graph: Graph,
  texts: readonly string[],
  stageText: (stage: string) => string,
  files: ReadonlyMap<string, Digest>,
): EarlierPlan {
  const positions = positionsOf(run.ids, graph);
  const isSame = (node: number): boolean => {
    const { stage, inputs } = graph.nodes[node]!;
    const then = positions[node]!;
    if (then < 0 || run.nodeTexts[then] !== texts[node] || run.stageText(then) !== stageText(stage)) return false;
    for (const { from } of inputs)
      if ('file' in from && from.remote === undefined && run.files.get(from.file) !== files.get(from.file))
        return false;
    return true;
  };
  const at = <T>(node: number, of: (then: number) => T): T | undefined =>
    positions[node]! < 0 ? undefined : of(positions[node]!);
  return {
    isSame,
    planKey: (node) => at(node, run.planKey),
    state: (node) => at(node, run.state),
    nameId: (node) => at(node, run.nameId),
  };
}

/** For each node of the graph, where the node of its name was then; -1 for a new name. */
function positionsOf(ids: readonly string[], { nodes }: Graph): readonly number[] {
  let byId: Map<string, number> | undefined;
  return nodes.map(({ id }, index) => {
    // Most edits add and remove nothing.
    if (ids[index] === id) return index;
    byId ??= new Map(ids.map((known, at) => [known, at]));
    return byId.get(id) ?? -1;
  });
}
