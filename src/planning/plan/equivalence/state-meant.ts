/** The state that a node's key is to mean, by the key that the node had under other conditions. */
import type { CacheKey } from '../../../core/identity/digest.ts';
import type { Cache } from '../../../store/cache.ts';
import type { StateRow } from '../../../store/query/states.ts';

/** The complete state of `before`, or the one that it means itself; undefined also where a person has revoked that. */
export function stateMeant(cache: Cache, key: CacheKey, before: CacheKey): StateRow | undefined {
  if (before === key) return undefined;
  const { states, equivalences } = cache.query;
  const state = states.byKey(before) ?? equivalences.byKey(before)?.state;
  if (state === undefined || !cache.isComplete(state) || equivalences.wasRevoked(key, state.id)) return undefined;
  return state;
}
