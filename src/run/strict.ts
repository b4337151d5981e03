/** A strict run uses no state that depends on something that its stage does not declare. */
import { UndeclaredInputError } from '../errors.ts';
import type { Plan } from '../planning/plan/plan.ts';
import type { Cache } from '../store/cache.ts';
import { undeclaredState } from '../execution/nodes/undeclared-state.ts';

/** @throws UndeclaredInputError if the plan takes such a state from the cache */
export function refuseUndeclaredHits(cache: Cache, { nodes, steps }: Plan): void {
  const nodeOf = new Map(
    steps.flatMap((step, index) => (step.status === 'hit' ? [[step.state.id, nodes[index]!.id] as const] : [])),
  );
  const [first, ...others] = cache.query.accesses.undeclared(nodeOf.keys());
  if (first === undefined) return;
  const more = others.length === 0 ? '' : ` (and so were ${others.length} others)`;
  throw new UndeclaredInputError(undeclaredState(nodeOf.get(first)!, cache.query.accesses.of(first), more)!);
}
