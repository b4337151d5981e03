/** What the compute nodes of a plan compute with: on this machine, or where their executors send them. */
import type { Graph, GraphNode } from '../../../core/graph/graph.ts';
import { type BackendSearch, isOnDevice, resolveCompute } from '../../../identity/compute/backend.ts';
import type { Compute } from '../../../identity/compute/compute.ts';
import type { ComputeAt, FoundCompute } from '../../../identity/compute/elsewhere.ts';
import type { ResolvedRequest } from '../../request/resolve-request.ts';

type Asked = Pick<ResolvedRequest, 'backend' | 'device'>;

/**
 * Null for a graph without computation, unless a backend or device was requested: if it is unavailable, that is still
 * an error.
 */
export async function computeNeeded(
  { nodes }: Graph,
  selected: readonly boolean[],
  asked: Asked,
  search: BackendSearch,
): Promise<FoundCompute | null> {
  const computing = nodes.filter(({ compute }) => compute);
  if (computing.length === 0 && asked.backend === 'auto' && asked.device === 'auto') return null;
  const elsewhere = (await isOnDevice(asked.backend, asked.device)) ? search.elsewhere : undefined;
  if (elsewhere === undefined)
    return { compute: await resolveCompute(asked.backend, asked.device, search), at: undefined };
  const chosen = nodes.filter(({ compute }, index) => compute && selected[index]!);
  const those: readonly GraphNode[] = chosen.length > 0 ? chosen : computing;
  const places = those.length === 0 ? [] : await elsewhere.placesOf(those, asked.device === 'software');
  const at = { placing: elsewhere.placing, places };
  return { compute: await computeAt(at, asked, search), at };
}

/** The same for a plan that was made before; undefined if nodes may execute in other places than at that time. */
export async function computeAgain(
  at: ComputeAt | undefined,
  asked: Asked,
  search: BackendSearch,
): Promise<Compute | undefined> {
  const elsewhere = (await isOnDevice(asked.backend, asked.device)) ? search.elsewhere : undefined;
  if (at?.placing !== elsewhere?.placing) return undefined;
  return at === undefined ? resolveCompute(asked.backend, asked.device, search) : computeAt(at, asked, search);
}

function computeAt({ places }: ComputeAt, { backend, device }: Asked, search: BackendSearch): Promise<Compute> {
  return places.length === 0
    ? resolveCompute(backend, device, search)
    : search.elsewhere!.resolve(places, backend, device);
}
