/** What nodes would take to make, by what the latest states of their stages took. */
import type { Cache } from '../../store/cache.ts';
import { criticalPath } from '../view/critical-path.ts';

export interface Forecast {
  /** By stage, those with the most work first. */
  readonly stages: readonly StageForecast[];
  /** Of all nodes whose stage has made a state. */
  readonly seconds: number;
  /** Along the chain of nodes that takes longest: no number of workers is faster. */
  readonly chainSeconds: number;
  /** How many nodes are of stages that never made a state: nothing is known of them. */
  readonly unknown: number;
}

export interface StageForecast {
  readonly stage: string;
  readonly nodes: number;
  /** Of all its nodes; null if the stage never made a state. */
  readonly seconds: number | null;
  /** Highest peak of memory; null where it was not measured. */
  readonly peakBytes: number | null;
}

/** A node that would run, in topological order. */
export interface Work {
  readonly node: string;
  readonly stage: string;
  /** The nodes that it takes from. */
  readonly takes: readonly string[];
}

export function forecast({ query }: Cache, work: readonly Work[]): Forecast {
  const costOf = query.costs.onceEach();
  const counts = new Map<string, number>();
  for (const { stage } of work) counts.set(stage, (counts.get(stage) ?? 0) + 1);
  const places = new Map(work.map(({ node }, index) => [node, index]));
  const chain = criticalPath({
    seconds: work.map(({ stage }) => costOf(stage)?.seconds ?? 0),
    inputs: work.map(({ takes }) => takes.flatMap((above) => places.get(above) ?? [])),
  });
  const stages = [...counts].map(([stage, nodes]): StageForecast => {
    const cost = costOf(stage);
    return {
      stage,
      nodes,
      seconds: cost === undefined ? null : cost.seconds * nodes,
      peakBytes: cost?.peakBytes ?? null,
    };
  });
  return {
    stages: stages.sort((a, b) => (b.seconds ?? 0) - (a.seconds ?? 0)),
    seconds: stages.reduce((sum, { seconds }) => sum + (seconds ?? 0), 0),
    chainSeconds: chain.seconds,
    unknown: stages.reduce((sum, { seconds, nodes }) => (seconds === null ? sum + nodes : sum), 0),
  };
}
