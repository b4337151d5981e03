/** What is known of a cluster without asking it: for commands that only look. */
import type { ComputeElsewhere } from '../identity/compute/elsewhere.ts';
import { backendSearchIn } from '../identity/compute/backend.ts';
import { machineDevices } from '../identity/compute/machine-devices.ts';
import type { ResolvedRequest } from '../planning/request/resolve-request.ts';
import { projectSettings } from '../planning/request/settings.ts';
import type { Cache } from '../store/cache.ts';
import { ClusterCompute } from './cluster-compute.ts';

/** @param executor that of nodes that name none; default: that of the project's settings */
export function rememberedCluster(
  cache: Cache,
  { project }: Pick<ResolvedRequest, 'project'>,
  executor?: string,
): ComputeElsewhere {
  const settings = projectSettings(project.root);
  const request = { ...settings, project, executor: executor ?? settings.executor };
  return new ClusterCompute(cache, request, backendSearchIn(cache, project, machineDevices), undefined);
}
