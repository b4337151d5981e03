/** Where the time of a run went, and where that of many runs went. */
import type { CostHistory, RunSums } from '../../store/query/cost-history.ts';
import type { Readers } from '../../store/query/readers.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import { graphOfRun } from '../view/run-graph.ts';
import { viewRun } from '../view/run-view.ts';
import { criticalPath } from '../view/critical-path.ts';
import { type StageSums, sumByStage } from './stage-costs.ts';

/** A run with what its nodes took. `wallSeconds`: from its beginning to its end; null of one that has none. */
export interface CostOfRun extends RunSums {
  readonly pipeline: string;
  readonly startedAt: number;
  readonly jobs: number;
  readonly wallSeconds: number | null;
}

export interface CriticalStep {
  readonly node: string;
  readonly seconds: number;
  /** Seconds by which the path would be shorter if the node took no time. */
  readonly potential: number;
}

export interface RunCostReport extends CostOfRun {
  readonly stages: readonly StageSums[];
  /** The chain of nodes that ran and waited for each other, and took longest: no number of workers makes it shorter. */
  readonly criticalPath: { readonly seconds: number; readonly nodes: readonly CriticalStep[] };
}

export interface CostReport {
  /** Newest first. */
  readonly runs: readonly CostOfRun[];
  /** Of these runs together. */
  readonly stages: readonly StageSums[];
}

export function costOfRun(query: Readers, run: RunRecord): RunCostReport {
  const nodes = query.costs.ofRun(run.id);
  return {
    ...costsOf(query.costs, [run])[0]!,
    stages: sumByStage(nodes),
    criticalPath: pathOf(
      query,
      run,
      new Map(nodes.map(({ node, outcome, seconds }) => [node, outcome === 'ran' ? seconds : 0])),
    ),
  };
}

/**
 * Of as many of the latest runs as the limit allows. The branches of an experiment are reported by its run: in their
 * own, what that run executed counts as found, so it would be both work and saved.
 */
export function costOfLatest(query: Readers, limit: number): CostReport {
  const { studies } = query;
  const hasAny = studies.any();
  const runs: RunRecord[] = [];
  for (const run of query.runs.newestFirst()) {
    if (runs.length >= limit) break;
    if (!hasAny || studies.withBranch(run.id) === undefined) runs.push(run);
  }
  return costOfRuns(query, runs);
}

export function costOfRuns(query: Readers, runs: readonly RunRecord[]): CostReport {
  return {
    runs: costsOf(query.costs, runs),
    stages: sumByStage(runs.flatMap(({ id }) => query.costs.ofRun(id))),
  };
}

function costsOf(costs: CostHistory, runs: readonly RunRecord[]): readonly CostOfRun[] {
  return costs.sums(runs.map(({ id }) => id)).map((sums, index) => {
    const { pipeline, startedAt, endedAt, jobs } = runs[index]!;
    return { ...sums, pipeline, startedAt, jobs, wallSeconds: endedAt === null ? null : (endedAt - startedAt) / 1000 };
  });
}

function pathOf(query: Readers, run: RunRecord, seconds: ReadonlyMap<string, number>): RunCostReport['criticalPath'] {
  const graph = graphOfRun(query, viewRun(query, run));
  const producers = new Map(
    [...graph].map(([node, edges]) => [node, edges.flatMap(({ from }) => (from.kind === 'node' ? [from.node] : []))]),
  );
  const order = sorted(producers);
  const places = new Map(order.map((node, index) => [node, index]));
  const path = criticalPath({
    seconds: order.map((node) => seconds.get(node) ?? 0),
    inputs: order.map((node) => producers.get(node)!.map((producer) => places.get(producer)!)),
  });
  const nodes = path.nodes.map(({ index, ...step }) => ({ node: order[index]!, ...step }));
  return { seconds: path.seconds, nodes };
}

/** Producers first. A producer without inputs of its own on record is in the map as well: it has a state. */
function sorted(producers: ReadonlyMap<string, readonly string[]>): readonly string[] {
  const waits = new Map([...producers].map(([node, from]) => [node, new Set(from).size]));
  const consumers = new Map([...producers.keys()].map((node): [string, string[]] => [node, []]));
  for (const [node, from] of producers) for (const producer of new Set(from)) consumers.get(producer)!.push(node);
  const ready = [...producers.keys()].filter((node) => waits.get(node) === 0);
  for (let at = 0; at < ready.length; at++)
    for (const consumer of consumers.get(ready[at]!)!) {
      waits.set(consumer, waits.get(consumer)! - 1);
      if (waits.get(consumer) === 0) ready.push(consumer);
    }
  return ready;
}
