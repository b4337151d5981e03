/** Plans again as long as nodes of a plan are found on record under other names or other keys. */
import type { GraphNode } from '../../../core/graph/graph.ts';
import type { Cache } from '../../../store/cache.ts';
import type { Step } from '../plan.ts';
import { acceptedStates, type AcceptedStates } from './accepted-states.ts';
import { type Rekeyed, rekeyedSentences, takeOverRekeyed } from './rekeyed-nodes.ts';
import { type Renamed, renamedSentences, takeOverRenamed } from './renamed-nodes.ts';

export interface TakenOver {
  readonly steps: readonly Step[];
  /** With those that were put on record meanwhile. */
  readonly accepted: AcceptedStates | undefined;
  /** A sentence each. */
  readonly notices: readonly string[];
}

/** @param plan makes the steps */
export function takenOver(
  cache: Cache,
  nodes: Omit<Rekeyed & Renamed, 'steps'>,
  plan: (accepted: AcceptedStates | undefined) => readonly Step[],
): TakenOver {
  let accepted = acceptedStates(cache);
  let steps = plan(accepted);
  const renamed: GraphNode[] = [];
  let rekeyed = 0;
  for (;;) {
    const found = takeOverRenamed(cache, { ...nodes, steps });
    const again = takeOverRekeyed(cache, { ...nodes, steps });
    if (found.length + again === 0) break;
    renamed.push(...found);
    rekeyed += again;
    // What is below them is known now.
    steps = plan((accepted = acceptedStates(cache)));
  }
  return { steps, accepted, notices: [...renamedSentences(renamed), ...rekeyedSentences(rekeyed)] };
}
