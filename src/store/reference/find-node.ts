/** Finds a node by its name: its latest visit in its pipeline, or its visit in one run. */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { UsageError } from '../../errors.ts';
import type { Readers } from '../query/readers.ts';
import type { PipelineId, RunRecord } from '../query/runs.ts';
import type { FoundNode } from './found.ts';
import { isSamePipeline, wordFor, withoutGone } from './pipelines.ts';

/** Where a reference is looked up. */
export interface Scope {
  readonly query: Readers;
  /** The pipelines that are meant; undefined for any. */
  readonly pipelines: readonly PipelineId[] | undefined;
  /** Whether the project still has this file, which is relative to it. */
  readonly isThere: (source: string) => boolean;
}

/** Undefined if no run has such a node. @throws UsageError if nodes of several pipelines are called so */
export function latestNode(scope: Scope, node: string): FoundNode | undefined {
  const { query, pipelines } = scope;
  const visited = query.visits.whereabouts(node);
  const meant =
    pipelines === undefined ? visited : visited.filter((each) => pipelines.some((p) => isSamePipeline(p, each)));
  const candidates = withoutGone(query, meant, scope.isThere);
  const [only, ...others] = candidates;
  if (only === undefined) return undefined;
  if (others.length > 0) throw ambiguousNode(query, node, candidates);
  const latest = query.visits.latest(node, { pipeline: only });
  const state = latest?.state ?? query.visits.latest(node, { pipeline: only, having: 'state' })?.state;
  const attempt = query.attempts.latest(node, { pipeline: only });
  return {
    kind: 'node',
    node,
    pipeline: { name: only.name, source: only.source },
    latest,
    state: state == null ? undefined : query.states.get(state.id),
    trying: attempt !== undefined && attempt.run > (latest?.run ?? 0) ? attempt : undefined,
    inRun: false,
  };
}

function ambiguousNode(
  query: Readers,
  node: string,
  candidates: readonly (PipelineId & { readonly latest: number })[],
): UsageError {
  const list = candidates.map(({ name, source, latest }) => `${name} (${source}, last in run ${latest})`);
  const [first] = candidates;
  return new UsageError(
    `${node} is a node of ${list.length} pipelines: ${list.join(' and ')}; say which, such as ${wordFor(query, first!)}:${node}.`,
  );
}

/** Undefined if the run has no such node. */
export function nodeInRun({ query }: Scope, run: RunRecord, node: string): FoundNode | undefined {
  const latest = query.visits.latest(node, { run: run.id });
  const trying = latest === undefined ? query.attempts.latest(node, { run: run.id }) : undefined;
  if (latest === undefined && trying === undefined) return undefined;
  const state = latest?.state == null ? undefined : query.states.get(latest.state.id);
  const pipeline = { name: run.pipeline, source: run.source };
  return { kind: 'node', node, pipeline, latest, state, trying, inRun: true };
}

const SUGGESTED_NODES = 10_000;

export function notInRun({ query }: Scope, run: RunRecord, name: string): UsageError {
  const result = query.runs.resultOutputs(run.id).find((each) => each.name === name);
  if (result !== undefined) {
    const output = `${result.node}.${result.output}`;
    return new UsageError(
      result.artifact === null
        ? `${name} is a result of run ${run.id} that has no value: ${result.node} has no state in this run; "restage log ${run.id}" says why.`
        : `${name} is a result of run ${run.id}, the output ${output}; write run:${run.id}/${output}.`,
    );
  }
  const nodes = query.visits.nodes(run.id, SUGGESTED_NODES);
  const instances = nodes.filter((node) => node.startsWith(`${name}@`));
  return new UsageError(
    instances.length > 0
      ? `${name} has ${instances.length} instances in run ${run.id}; name one of them, such as ${instances[0]!}.`
      : `Run ${run.id} of ${run.pipeline} has no node ${name}${didYouMean(name, nodes)}; "restage log ${run.id}" lists its nodes.`,
  );
}

/** The run of this number or, for a negative one, counted from the latest. @throws UsageError */
export function runNumbered({ query, pipelines }: Scope, number: number): RunRecord {
  if (number >= 0) {
    const run = query.runs.listed(number);
    if (run !== undefined) return run;
    const removedAt = query.runs.removedAt(number);
    if (removedAt !== undefined)
      throw new UsageError(
        `Run ${number} was removed on ${new Date(removedAt).toISOString().slice(0, 10)} by "restage rm"; the states that it made are still on record, and "restage log" lists the other runs.`,
      );
    const [latest] = query.runs.list({ limit: 1 });
    throw new UsageError(
      latest === undefined
        ? `There is no run ${number}: the cache has none yet.`
        : `There is no run ${number}: the latest is ${latest.id}; "restage log" lists them.`,
    );
  }
  const ids = query.runs.latestIds(-number, pipelines);
  const id = ids[-number - 1];
  if (id !== undefined) return query.runs.get(id)!;
  const of = pipelines === undefined ? 'in the cache' : `of ${pipelines[0]!.name}`;
  throw new UsageError(
    ids.length === 0
      ? `There is no run ${of} yet; run a pipeline first.`
      : `There are only ${ids.length} runs ${of}, so none is number ${number} from the end; "restage log" lists them.`,
  );
}
