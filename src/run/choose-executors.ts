/** Chooses the executors that a run's nodes need, and loads their code only. */
import type { GraphNode } from '../core/graph/graph.ts';
import type { ExecutorChoice } from '../execution/nodes/executor-set.ts';
import type { Executor } from '../executors/contract.ts';
import { type Demands, executorOf, type ExecutorParts, repeatingExecutor } from '../executors/registry.ts';

export interface ChoiceOptions extends Demands {
  /** Whether states on record may have to be executed again. */
  readonly repeats: boolean;
}

/** @throws DefinitionError for a node whose executor is unknown or cannot run its stage */
export async function chooseExecutors(
  nodes: readonly GraphNode[],
  parts: Omit<ExecutorParts, 'onEvent'>,
  { repeats, ...demands }: ChoiceOptions,
): Promise<ExecutorChoice> {
  const makers = new Map<string, (parts: ExecutorParts) => Executor>();
  let last: GraphNode | undefined;
  for (const node of nodes) {
    // Nodes that are wired in a loop share their policy.
    if (last?.policy === node.policy && last.stage === node.stage) continue;
    last = node;
    const { name, load } = executorOf(node, demands);
    if (!makers.has(name)) makers.set(name, await load());
  }
  const repeating = repeatingExecutor();
  if (repeats && !makers.has(repeating.name)) makers.set(repeating.name, await repeating.load());
  return {
    repeats: repeating.name,
    of: (node) => executorOf(node, demands).name,
    isElsewhere: (node) => executorOf(node, demands).isElsewhere === true,
    takesTogether: (node) => executorOf(node, demands).takesTogether === true,
    open: (name, onEvent) => makers.get(name)!({ ...parts, onEvent }),
  };
}
