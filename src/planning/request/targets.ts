/** Which nodes a request selects, by names of nodes, stages and outputs as on the command line. */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { closure, type Graph } from '../../core/graph/graph.ts';
import { UsageError } from '../../errors.ts';
import type { Targets } from './resolve-request.ts';

export interface Selection {
  /** Nodes that take part in the run. */
  readonly selected: readonly boolean[];
  /** Nodes that run even if their state exists. */
  readonly forced: readonly boolean[];
  /** With `--only`: the nodes that may run. Every other selected node has to be a hit. */
  readonly only: readonly boolean[] | undefined;
}

/** @throws UsageError for a name that no node, stage or output has */
export function select(graph: Graph, { targets, until, only, force }: Targets): Selection {
  const named = [...targets, ...until, ...only].flatMap((name) => resolveTarget(graph, name));
  const isAll = named.length === 0;
  const selected = isAll ? allOf(graph, true) : closure(graph, named);
  return {
    selected,
    forced: !force ? allOf(graph, false) : isAll ? selected : flags(graph, named),
    only: only.length === 0 ? undefined : flags(graph, named),
  };
}

/** Whether a node, stage or output is called so. */
export function isTarget(graph: Graph, name: string): boolean {
  return graph.nodes.some((node) => matches(node, name));
}

/**
 * The nodes of this name: a node `train-fold@fold=3`, a stage's instances `train-fold`, or the node of `score.metrics`.
 */
export function resolveTarget(graph: Graph, name: string): readonly number[] {
  const matching = graph.nodes.flatMap((node, index) => (matches(node, name) ? [index] : []));
  if (matching.length > 0) return matching;
  const names = graph.nodes.flatMap((node) => [node.id, withoutKey(node.id), node.stage]);
  const outputs = name.includes('.')
    ? graph.nodes.flatMap((node) => node.outputs.map((output) => `${node.id}.${output.name}`))
    : [];
  const hint = /^[\w.-]+=/.test(name) ? `a parameter is set with -S ${name}` : '"restage graph" shows them';
  throw new UsageError(
    `Pipeline ${graph.pipeline} has no node, stage or output "${name}"${didYouMean(name, new Set([...outputs, ...names]))}; ${hint}.`,
  );
}

function matches(node: Graph['nodes'][number], name: string): boolean {
  return (
    node.id === name ||
    node.stage === name ||
    withoutKey(node.id) === name ||
    node.outputs.some((output) => `${node.id}.${output.name}` === name)
  );
}

function withoutKey(id: string): string {
  const at = id.indexOf('@');
  return at < 0 ? id : id.slice(0, at);
}

/** The same flag for every node. */
function allOf({ nodes }: Graph, flag: boolean): readonly boolean[] {
  return new Array<boolean>(nodes.length).fill(flag);
}

function flags(graph: Graph, indices: readonly number[]): readonly boolean[] {
  const set = new Set(indices);
  return graph.nodes.map((_, index) => set.has(index));
}
