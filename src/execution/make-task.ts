/** From a node that is to be made to the task that an executor takes. */
import { join } from 'node:path';
import type { CacheKey } from '../core/identity/digest.ts';
import type { GraphNode } from '../core/graph/graph.ts';
import { nodeSeed } from '../core/identity/random.ts';
import type { Task } from '../executors/contract.ts';
import type { MadeStates } from './made-states.ts';
import type { PreparedRun } from '../planning/plan/prepared-run.ts';

export type ExecutorKind = 'worker' | 'in-process';

/** Where a node's stage runs. What may have to be fetched is fetched by a worker: the record's owner does no network. */
export function executorKind({ compute, inputs, policy }: GraphNode): ExecutorKind {
  const fetches = inputs.some(({ from }) => 'file' in from && from.remote !== undefined);
  return compute || fetches ? 'worker' : (policy.executor ?? 'worker');
}

export interface TaskFacts {
  /** Unique to the attempt. */
  readonly id: string;
  readonly key: CacheKey;
  readonly devices: readonly string[];
  readonly cacheDirectory: string;
}

export function makeTask(
  { definition, conditions }: PreparedRun,
  states: MadeStates,
  node: GraphNode,
  facts: TaskFacts,
): Task {
  const { env, backend, seed } = conditions;
  return {
    id: facts.id,
    node: node.id,
    stage: node.stage,
    cacheKey: facts.key,
    module: definition.codes.get(node.stage)!.executable,
    params: node.params,
    inputs: node.inputs.map(({ slot, index, from }) => ({ slot, index, source: states.source(from) })),
    seed: node.random ? nodeSeed(seed, node.stage, node.id) : null,
    backend: node.compute ? backend!.name : null,
    devices: facts.devices,
    env: Object.fromEntries(node.env.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]]))),
    timeoutSeconds: node.policy.timeoutSeconds ?? null,
    checkpointFile: join(facts.cacheDirectory, 'checkpoints', facts.key),
  };
}
