/**
 * The graph of a pipeline, as plain data: nodes in topological order, inputs by index. build-graph.ts makes it, and
 * rejects everything else.
 */
import type { CanonicalValue } from '../identity/canonical.ts';
import type { Effect } from '../authoring/access.ts';
import type { NodePolicy } from '../authoring/policy.ts';
import type { FileRef } from '../authoring/file-ref.ts';
import type { RecordedRef } from '../authoring/state-output.ts';

/** A node of a checked graph. Plain JSON: it is stored with the compiled definition. */
export interface GraphNode {
  readonly id: string;
  readonly stage: string;
  readonly observation: boolean;
  readonly random: boolean;
  readonly compute: boolean;
  /** Whether its stage has `runTogether`; absent if not. */
  readonly together?: true;
  readonly env: readonly string[];
  /** Those of `env` that are secrets; absent if there is none. */
  readonly secrets?: readonly string[];
  /** Files and folders that its stage declares to read, relative to the project. */
  readonly reads: readonly string[];
  readonly effects: readonly Effect[];
  /** What names its random streams instead of its id. */
  readonly seedKey?: string;
  /** The seed of its random streams, if it is another one than the run's. */
  readonly seed?: number;
  readonly params: CanonicalValue;
  readonly inputs: readonly GraphInput[];
  readonly outputs: readonly { readonly name: string; readonly kind: string }[];
  readonly tags: readonly string[];
  readonly policy: NodePolicy;
  /** What its stage was called (`renamedFrom`). */
  readonly formerStage?: string;
  /** What it was called itself, without its key. */
  readonly formerName?: string;
}

export interface GraphInput {
  readonly slot: string;
  readonly index: number | null;
  /**
   * Index into `Graph.nodes` of the producer; or a file, by its absolute path or by its address, digest and length; or
   * an output on record, by a reference that planning looks up.
   */
  readonly from: { readonly node: number; readonly output: string } | FileRef | RecordedRef;
}

export interface Graph {
  readonly pipeline: string;
  readonly params: CanonicalValue;
  /** In topological order: every input comes from an earlier node. */
  readonly nodes: readonly GraphNode[];
  readonly results: readonly { readonly name: string; readonly node: number; readonly output: string }[];
}

/** One node of each stage: what a stage declares, all of its nodes have alike. */
export function oneOfEachStage({ nodes }: Pick<Graph, 'nodes'>): readonly GraphNode[] {
  const first = new Map<string, GraphNode>();
  for (const node of nodes) if (!first.has(node.stage)) first.set(node.stage, node);
  return [...first.values()];
}

/** How an input is called: `<slot>`, or `<slot>.<index>` in a slot that takes many. */
export function inputName({ slot, index }: Pick<GraphInput, 'slot' | 'index'>): string {
  return index === null ? slot : `${slot}.${index}`;
}

/** The field of an input in a cache key. */
export function inputFieldName(input: Pick<GraphInput, 'slot' | 'index'>): string {
  return `in.${inputName(input)}`;
}

/** The nodes that `wanted` need, themselves included, as one flag per node. */
export function closure(graph: Graph, wanted: Iterable<number>): readonly boolean[] {
  const needed = new Array<boolean>(graph.nodes.length).fill(false);
  for (const index of wanted) needed[index] = true;
  for (let index = graph.nodes.length - 1; index >= 0; index--) {
    if (!needed[index]) continue;
    for (const { from } of graph.nodes[index]!.inputs) if ('node' in from) needed[from.node] = true;
  }
  return needed;
}
