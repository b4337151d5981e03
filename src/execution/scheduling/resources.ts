/** Resources: what nodes ask for by policy and by experience, and what this machine and the request have to give. */
import { totalmem } from 'node:os';
import type { GraphNode } from '../../core/graph/graph.ts';
import { DefinitionError } from '../../errors.ts';
import type { StageCost } from '../../store/query/cost-history.ts';
import type { Needs, Pools } from './pools.ts';

const MIB = 2 ** 20;
/** The rest is for restage itself and whatever else is running. */
const MEMORY_SHARE = 0.8;

/**
 * Needs of a node: memory is the larger of what it declares and the highest peak on record for its stage. Where there are
 * devices, they are there to be computed on: a compute stage takes at least one.
 */
export function needsOf(
  { policy, compute }: GraphNode,
  cost: StageCost | undefined,
  devices: readonly string[],
): Needs {
  const gpus = policy.gpus ?? 0;
  return {
    cpus: policy.cpus ?? 1,
    memoryMiB: Math.max(policy.memoryMiB ?? 0, (cost?.peakBytes ?? 0) / MIB),
    gpus: compute && devices.length > 0 ? Math.max(1, gpus) : gpus,
    pools: policy.pools ?? {},
  };
}

export function machinePools(jobs: number, devices: readonly string[], named: Readonly<Record<string, number>>): Pools {
  return { cpus: jobs, memoryMiB: (totalmem() / MIB) * MEMORY_SHARE, devices, named };
}

/** @throws DefinitionError for a node that asks for a pool without a size, or for more than it has */
export function checkPools(node: GraphNode, sizes: Readonly<Record<string, number>>): void {
  const trouble = poolTrouble(node, sizes);
  if (trouble !== undefined) throw new DefinitionError(trouble);
}

/** Why the node would wait for its pools for ever, in a sentence; undefined if it would not. */
export function poolTrouble(node: GraphNode, sizes: Readonly<Record<string, number>>): string | undefined {
  for (const [name, slots] of Object.entries(node.policy.pools ?? {})) {
    const size = sizes[name];
    if (size === undefined)
      return `Node ${node.id} asks for pool ${name}, which has no size; give it one with --pool ${name}=N.`;
    if (slots > size) return `Node ${node.id} asks for ${slots} of pool ${name}, which has ${size}; give it more.`;
  }
  return undefined;
}
