/** What a plan depends on besides its graph and its inputs: what computes, the environment, declared reads, secrets. */
import type { GraphNode } from '../../../core/graph/graph.ts';
import type { BackendSearch } from '../../../identity/compute/backend.ts';
import type { Compute } from '../../../identity/compute/compute.ts';
import type { FoundCompute } from '../../../identity/compute/elsewhere.ts';
import { declaredReads } from '../../../identity/declared-reads.ts';
import type { Conditions } from '../../../identity/node-fields.ts';
import { readSecrets, type Secrets } from '../../../identity/secrets.ts';
import type { Cache } from '../../../store/cache.ts';
import type { Definition } from '../../definition/definition.ts';
import type { ResolvedRequest } from '../../request/resolve-request.ts';
import { computeNeeded } from './compute-needed.ts';
import { type SecretDigests, secretsOf } from './secret-digests.ts';
import { secretsNeeded } from './secrets-needed.ts';

export interface SettledConditions {
  readonly conditions: Conditions;
  /** Null for a plan that computes nothing. */
  readonly found: FoundCompute | null;
  /** The secrets that it needs, as a later plan compares them; undefined if it needs none. */
  readonly secretDigests: SecretDigests | undefined;
}

/**
 * @param stages one node of each stage
 * @param selected by node: whether it takes part
 * @throws RestageError for a backend, a declared read or a secret that is not there
 */
export async function settledConditions(
  cache: Cache,
  request: ResolvedRequest,
  { graph, texts }: Pick<Definition, 'graph' | 'texts'>,
  { stages, selected }: { readonly stages: readonly GraphNode[]; readonly selected: readonly boolean[] },
  search: BackendSearch,
): Promise<SettledConditions> {
  const { root } = request.project;
  const found = await computeNeeded(graph, selected, request, search);
  const reads = await declaredReads(cache.memos, root, stages);
  const needs = secretsNeeded(graph, texts);
  const secrets = readSecrets(needs, { cacheDirectory: cache.directory, root });
  const conditions = conditionsOf(stages, request, found?.compute ?? null, reads, secrets);
  return { conditions, found, secretDigests: secretsOf(needs, secrets) };
}

/** The conditions that the environment and the request set for all nodes. */
function conditionsOf(
  stages: readonly GraphNode[],
  { seed }: ResolvedRequest,
  compute: Compute | null,
  reads: Conditions['reads'],
  secrets: Secrets,
): Conditions {
  const names = new Set(stages.flatMap((node) => node.env));
  for (const node of stages) for (const name of node.secrets ?? []) names.delete(name);
  return {
    seed,
    backend: compute?.backend ?? null,
    nodeMajor: Number.parseInt(process.versions.node, 10),
    env: Object.fromEntries([...names].map((name) => [name, process.env[name]])),
    reads,
    ...(secrets.size === 0 ? {} : { secrets }),
  };
}
