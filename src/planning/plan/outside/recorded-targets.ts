/**
 * Targets that are references to something on record: `run:3/train`, `baseline/train`, a digest. Such a target is the
 * node of that name in the pipeline as it is now. Which state it had then has no meaning here: a plan decides that
 * again.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Graph } from '../../../core/graph/graph.ts';
import { parseReference } from '../../../core/reference/reference.ts';
import { UsageError } from '../../../errors.ts';
import type { Cache } from '../../../store/cache.ts';
import { findReference } from '../../../store/reference/find.ts';
import type { Found } from '../../../store/reference/found.ts';
import type { Targets } from '../../request/resolve-request.ts';
import { isTarget } from '../../request/targets.ts';
import type { Asking } from './recorded-inputs.ts';

/** The targets by names of the graph. What names nothing at all is left as it is. @throws UsageError */
export function namedInGraph(cache: Cache, graph: Graph, targets: Targets, pipeline: Asking): Targets {
  const nameOf = (name: string): string => (isTarget(graph, name) ? name : nodeOf(cache, graph, name, pipeline));
  return {
    targets: targets.targets.map(nameOf),
    until: targets.until.map(nameOf),
    only: targets.only.map(nameOf),
    force: targets.force,
  };
}

function nodeOf(cache: Cache, graph: Graph, name: string, pipeline: Asking): string {
  const found = find(cache, name, pipeline);
  if (found === undefined) return name;
  const node = nodeBehind(cache, found, name);
  const origin = found.kind === 'node' ? found : found.kind === 'output' ? found.of : undefined;
  if (origin !== undefined && origin.pipeline.name !== graph.pipeline)
    throw new UsageError(
      `${name} is ${node} of the pipeline ${origin.pipeline.name}; name a node of ${graph.pipeline}, "restage graph" shows them.`,
    );
  if (isTarget(graph, node)) return node;
  throw new UsageError(
    `${name} is the node ${node} on record, which the pipeline ${graph.pipeline} does not have now; "restage graph" shows its nodes.`,
  );
}

/** What a misspelled name leads to is for the graph to say: it knows which names it has. */
function find({ query }: Cache, name: string, pipeline: Asking): Found | undefined {
  try {
    return findReference(query, name, {
      pipelines: [pipeline],
      isThere: (source) => existsSync(join(pipeline.root, source)),
    });
  } catch (error) {
    const { run, tag } = parseReference(name);
    if (error instanceof UsageError && run === undefined && tag === undefined) return undefined;
    throw error;
  }
}

function nodeBehind({ query }: Cache, found: Found, name: string): string {
  switch (found.kind) {
    case 'node':
      return found.node;
    case 'state':
      return query.attempts.get(found.state.attempt)!.node;
    case 'output':
      return found.of?.node ?? query.attempts.get(found.state.attempt)!.node;
    case 'artifact': {
      const [producer] = query.lineage.producers(found.artifact.digest, 1);
      if (producer === undefined) throw new UsageError(`${name} is a file that no stage made; name a node.`);
      return producer.node;
    }
    case 'run':
      throw new UsageError(`${name} is a run, and a target is a node; name one in it, such as ${name}/train.`);
    case 'code':
      throw new UsageError(`${name} is the code of a stage; name the stage or one of its nodes.`);
    case 'effects':
      throw new UsageError(`${name} is an effect table, which "restage ablate" makes; name a node.`);
  }
}
