/**
 * Refuses what a request asks of executors and none of them can do: before anything runs, and also where nothing has
 * to.
 */
import { join } from 'node:path';
import type { Graph } from '../core/graph/graph.ts';
import { UsageError } from '../errors.ts';
import type { Demands } from '../executors/registry.ts';

/**
 * @param name of nodes that name none themselves; undefined for the default
 * @param settings where the name is from, if the request gave none
 * @throws UsageError for an executor that nobody has registered
 */
export async function checkExecutorName(name: string | undefined, settings?: { readonly root: string }): Promise<void> {
  if (name === undefined) return;
  const { checkExecutor } = await import('../executors/registry.ts');
  checkExecutor(name, settings === undefined ? undefined : join(settings.root, 'package.json'));
}

/** @throws UsageError if a run has nothing that it could be detached from */
export async function checkDetachable(
  pipeline: string,
  { nodes }: Pick<Graph, 'nodes'>,
  { strict, isolate, executor }: Required<Omit<Demands, 'hasSecrets'>>,
): Promise<void> {
  const { executorOf, executorsElsewhere } = await import('../executors/registry.ts');
  if (nodes.some((node) => executorOf(node, { strict, isolate, executor }).isElsewhere === true)) return;
  throw new UsageError(
    `--detach ends a run whose nodes execute elsewhere, and all nodes of ${pipeline} execute on this machine; leave it out, or give an executor with --executor ${executorsElsewhere().join(' or ')}.`,
  );
}
