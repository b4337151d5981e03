/**
 * States that nodes have by an equivalence: no state has the node's key, and a person has declared that the key means
 * the state of another one. The planner and a run ask here after the record of states has nothing.
 */
import type { CacheKey } from '../../../core/identity/digest.ts';
import type { Accepted } from '../../../events.ts';
import type { Cache } from '../../../store/cache.ts';
import { acceptanceClause } from '../../../core/diagnostics/acceptance-clause.ts';
import type { KnownState } from '../plan.ts';

/** The planner's queries about equivalences. */
export interface AcceptedStates {
  /** The complete state that this key means by an equivalence. */
  byKey(key: CacheKey): { readonly state: KnownState; readonly equivalence: number } | undefined;
  /**
   * How many equivalences for nodes of this stage are over. It is a field of their plan keys, so what such an
   * equivalence led to is not found again, also not what a run adds that began before the end.
   */
  ended(stage: string): number;
}

/** Undefined for a cache without equivalences, as most are. */
export function acceptedStates(cache: Cache): AcceptedStates | undefined {
  const { equivalences } = cache.query;
  if (!equivalences.any()) return undefined;
  const ended = equivalences.endedByStage();
  return {
    byKey(key) {
      const found = equivalences.byKey(key);
      if (found === undefined || !cache.isComplete(found.state)) return undefined;
      const { id, key: own, seconds } = found.state;
      return { state: { id, key: own, seconds, complete: true }, equivalence: found.equivalence };
    },
    ended: (stage) => ended.get(stage) ?? 0,
  };
}

/** The equivalence as a run tells it. */
export function acceptedBy({ query }: Cache, equivalence: number): Accepted {
  return { id: equivalence, text: acceptanceClause(query.equivalences.get(equivalence)!) };
}
