/** The plan for a request, in the faster of two ways: remembered, or made from the graph. */
import type { RunEvent } from '../../events.ts';
import type { Cache } from '../../store/cache.ts';
import type { BackendSearch } from '../../identity/compute/backend.ts';
import type { Begins } from '../definition/begins.ts';
import type { ResolvedRequest } from '../request/resolve-request.ts';
import type { Plan } from './plan.ts';
import type { PreparedRun } from './prepared-run.ts';
import { pathsIn, rememberedPlan } from './earlier/remembered-plan.ts';

export interface Planned {
  readonly plan: Plan;
  /** Everything that execution needs and that is worth remembering; null for a remembered plan. */
  readonly prepared: PreparedRun | null;
  /**
   * Absolute paths of files and folders that the plan was made from: sources, what imports might resolve to, the user's
   * files, what stages declare to read. Undefined if a source was being edited meanwhile.
   */
  readonly paths?: () => readonly string[] | undefined;
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
  if (remembered !== undefined) return { ...remembered, prepared: null };
  const { prepare } = await import('./prepared-run.ts');
  const prepared = await prepare(cache, request, search, begins);
  return { plan: prepared, prepared, paths: () => pathsOf(prepared) };
}

function pathsOf({ definition, files, conditions }: PreparedRun): readonly string[] | undefined {
  if (definition.files === undefined) return undefined;
  return pathsIn(
    [...definition.files, ...[...files.keys()].map((path) => [path] as const)],
    [...conditions.reads.values()].map(({ path }) => [path]),
  );
}
