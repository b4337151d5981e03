/** Which states are verified: those of a run, one alone, or some of them. */
import { UsageError } from '../../errors.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { StateRecord } from '../../store/query/states.ts';
import { noState } from '../../store/reference/find.ts';
import type { Found } from '../../store/reference/found.ts';

/** In the order in which they were made: the first that diverges is the earliest. @throws UsageError */
export function statesOf(query: Readers, found: Found): readonly StateRecord[] {
  switch (found.kind) {
    case 'run': {
      const ids = query.visits.ofRun(found.run.id).flatMap(({ state }) => (state === null ? [] : [state.id]));
      if (ids.length === 0) throw new UsageError(`Run ${found.run.id} has no state; name another run.`);
      return [...new Set(ids)].sort((a, b) => a - b).map((id) => query.states.get(id)!);
    }
    case 'node':
      if (found.state === undefined) throw new UsageError(noState(query, found));
      return [found.state];
    case 'state':
    case 'output':
      return [found.state];
    case 'artifact':
    case 'code':
    case 'effects':
      throw new UsageError('Only states can be verified; name a run, a node (run:3/score) or the digest of a state.');
  }
}

/** At least one of them, in their order. `share`: from 0 to 1; `random`: from 0 to below 1. */
export function sampleOf(states: readonly StateRecord[], share: number, random: () => number): readonly StateRecord[] {
  const count = Math.max(1, Math.round(states.length * share));
  const drawn = states.map((state) => ({ state, draw: random() })).sort((a, b) => a.draw - b.draw);
  const chosen = new Set(drawn.slice(0, count).map(({ state }) => state));
  return states.filter((state) => chosen.has(state));
}
