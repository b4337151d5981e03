/**
 * The state of a node as its pipeline is defined now, with -S: what `show` and `get` mean when a pipeline is named.
 * Without one they mean the latest on record, which may have been made with other parameters.
 */
import type { Graph } from '../../core/graph/graph.ts';
import { UsageError } from '../../errors.ts';
import type { Opened } from './with-pipeline.ts';

export interface CurrentState {
  readonly node: string;
  /** Id of the state's row. */
  readonly state: number;
}

/**
 * @param word a node, or an output of one, whose node is then `owner`
 * @throws UsageError if there is no such node, or it has no such state yet
 */
export async function currentState(
  { cache, pipeline, request }: Opened,
  word: string,
  owner: string = word,
): Promise<CurrentState> {
  const { prepare } = await import('../../planning/plan/prepared-run.ts');
  const { definition, steps } = await prepare(cache, { ...request, targets: [word] });
  const index = indexOf(definition.graph, [owner, word]);
  const node = definition.graph.nodes[index]!.id;
  const step = steps[index]!;
  if (step.status === 'hit') return { node, state: step.state.id };
  const why = step.status === 'excluded' ? '' : ` (${step.reason})`;
  throw new UsageError(`${node} is not up to date${why}; run it first, or omit ${pipeline} for the latest on record.`);
}

function indexOf({ nodes }: Graph, names: readonly string[]): number {
  for (const name of names) {
    const index = nodes.findIndex(({ id }) => id === name);
    if (index >= 0) return index;
  }
  // The word was a target, so it names a stage: as such, or by the names of its instances.
  const [name = ''] = names;
  const instances = nodes.filter(({ id, stage }) => id.startsWith(`${name}@`) || stage === name);
  const [first] = instances;
  if (first !== undefined && instances.length === 1) return nodes.indexOf(first);
  throw new UsageError(`${name} has several instances; name one of them, such as ${first!.id}.`);
}
