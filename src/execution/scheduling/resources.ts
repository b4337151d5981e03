/** Resources: the needs of nodes, by policy and by cost history, and the pools of this machine and the request. */
import { totalmem } from 'node:os';
import type { GraphNode } from '../../core/graph/graph.ts';
import { DefinitionError } from '../../errors.ts';
import type { StageCost } from '../../store/query/cost-history.ts';
import type { Needs, Pools } from './pools.ts';

const MIB = 2 ** 20;
/** The rest is for restage itself and all other programs. */
const MEMORY_SHARE = 0.8;

/**
 * Needs of a node: its memory is the larger of its declared need and the highest recorded peak of its stage. On a
 * machine with devices, a compute stage takes at least one.
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

/** Of a node that executes on a host of its own: of what is here, it takes slots of named pools alone. */
export function needsOfElsewhere({ policy }: GraphNode): Needs {
  return { cpus: 0, memoryMiB: 0, gpus: 0, pools: policy.pools ?? {} };
}

export function machinePools(jobs: number, devices: readonly string[], named: Readonly<Record<string, number>>): Pools {
  return { cpus: jobs, memoryMiB: (totalmem() / MIB) * MEMORY_SHARE, devices, named };
}

/** @throws DefinitionError for a node that asks for a pool without a size, or for more than it has */
export function checkPools(node: GraphNode, sizes: Readonly<Record<string, number>>): void {
  const diagnostic = poolDiagnostic(node, sizes);
  if (diagnostic !== undefined) throw new DefinitionError(diagnostic);
}

/** Why the node would wait forever for its pools, in a sentence; undefined if it would not. */
export function poolDiagnostic(node: GraphNode, sizes: Readonly<Record<string, number>>): string | undefined {
  for (const [name, slots] of Object.entries(node.policy.pools ?? {})) {
    const size = sizes[name];
    if (size === undefined)
      return `Node ${node.id} asks for pool ${name}, which has no size; give it one with --pool ${name}=N.`;
    if (slots > size) return `Node ${node.id} asks for ${slots} of pool ${name}, which has ${size}; give it more.`;
  }
  return undefined;
}
