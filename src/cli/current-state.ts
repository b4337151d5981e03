/**
 * The state of a node as its pipeline is defined now, with -S: what `show` and `get` mean when a pipeline is named.
 * Without one they mean the latest on record, which may have been made with other parameters.
 */
import { didYouMean } from '../core/diagnostics/did-you-mean.ts';
import type { Graph } from '../core/graph/graph.ts';
import { loadGraph } from '../planning/definition/load-graph.ts';
import { resolveRequest } from '../planning/request/resolve-request.ts';
import type { PipelineRequest } from '../planning/request/request.ts';
import { prepare } from '../planning/plan/prepared-run.ts';
import { UsageError } from '../errors.ts';
import { Cache } from '../store/cache.ts';

export interface CurrentState {
  readonly cacheDirectory: string;
  readonly node: string;
  /** Id of the state's row. */
  readonly state: number;
}

/** `names` are ways to read one word, the likeliest first. @throws UsageError if there is no such node, or no such state yet */
export async function currentState(request: PipelineRequest, names: readonly string[]): Promise<CurrentState> {
  const resolved = resolveRequest(request);
  const { cacheDirectory } = resolved;
  const cache = Cache.open(cacheDirectory);
  try {
    const { graph } = await loadGraph(cache, resolved);
    const index = nodeNamed(graph, names);
    const node = graph.nodes[index]!.id;
    const { steps } = await prepare(cache, { ...resolved, targets: [node] });
    const step = steps[index]!;
    if (step.status === 'hit') return { cacheDirectory, node, state: step.state.id };
    const why = step.status === 'excluded' ? '' : ` (${step.reason})`;
    throw new UsageError(
      `${node} is not up to date${why}; run it first, or leave ${request.pipeline} away for the latest on record.`,
    );
  } finally {
    cache.close();
  }
}

function nodeNamed({ pipeline, nodes }: Graph, names: readonly string[]): number {
  for (const name of names) {
    const index = nodes.findIndex(({ id }) => id === name);
    if (index >= 0) return index;
  }
  const [name = ''] = names;
  const first = nodes.find(({ id }) => id.startsWith(`${name}@`));
  if (first !== undefined)
    throw new UsageError(`${name} has several instances; name one of them, such as ${first.id}.`);
  const known = nodes.map(({ id }) => id);
  throw new UsageError(
    `Pipeline ${pipeline} has no node ${name}${didYouMean(name, known)}; "restage graph --full" shows them.`,
  );
}
