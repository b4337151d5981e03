/** What an executor elsewhere has to know about a node before it can place it. */
import { optionsFor } from '../../core/authoring/batch-options.ts';
import type { GraphNode } from '../../core/graph/graph.ts';
import type { TaskResources } from '../../executors/contract.ts';
import { isSoftwareSlot } from '../../identity/compute/devices.ts';
import type { StageCost } from '../../store/query/cost-history.ts';

const MIB = 2 ** 20;
/** Of a recorded peak, for what differs from one input to another. */
const PEAK_FACTOR = 1.3;

export function resourcesOf(
  { policy, compute }: GraphNode,
  cost: StageCost | undefined,
  executor: string,
  devices: readonly string[],
): TaskResources {
  const memoryMiB = Math.max(policy.memoryMiB ?? 0, (PEAK_FACTOR * (cost?.peakBytes ?? 0)) / MIB);
  return {
    needs: {
      cpus: policy.cpus ?? 1,
      memoryMiB: memoryMiB === 0 ? null : memoryMiB,
      // A site gives out GPUs, and a software adapter needs none.
      gpus: policy.gpus ?? (compute && devices.some((slot) => !isSoftwareSlot(slot)) ? 1 : 0),
    },
    seconds: cost?.seconds ?? null,
    options: optionsFor(executor, policy),
  };
}
