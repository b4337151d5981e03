/** The plan for a request, in the faster of two ways: remembered, or made from the graph. */
import type { RunEvent } from '../../events.ts';
import type { Cache } from '../../store/cache.ts';
import type { BackendSearch } from '../../identity/compute/backend.ts';
import type { Begins } from '../definition/begins.ts';
import type { ResolvedRequest } from '../request/resolve-request.ts';
import type { Plan } from './plan.ts';
import type { PreparedRun } from './prepared-run.ts';
import { rememberedPlan } from './remembered-plan.ts';

export interface Planned {
  readonly plan: Plan;
  /** Everything that execution needs and that is worth remembering; null for a remembered plan. */
  readonly prepared: PreparedRun | null;
  /** What else listeners are told after an event, once it is on record. */
  readonly followedBy?: (event: RunEvent) => readonly RunEvent[];
}

/** @throws RestageError if the request or the definition is wrong */
export async function makePlan(
  cache: Cache,
  request: ResolvedRequest,
  search: BackendSearch,
  begins?: Begins,
): Promise<Planned> {
  const remembered = await rememberedPlan(cache, request, search);
  if (remembered !== undefined) return { plan: remembered, prepared: null };
  const { prepare } = await import('./prepared-run.ts');
  const prepared = await prepare(cache, request, search, begins);
  return { plan: prepared, prepared };
}
