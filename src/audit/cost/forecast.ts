/** What a planned run may take, by what its stages took before. */
import type { Graph } from '../../core/graph/graph.ts';
import type { PlanReport } from '../../planning/plan/plan-report.ts';
import { criticalPath } from '../view/critical-path.ts';

export interface Forecast {
  /** Seconds of the nodes that run. */
  readonly seconds: number;
  /** Seconds of those as well that run only if an input changes. */
  readonly mostSeconds: number;
  /** The longest chain of all of these: no number of workers makes the run shorter. */
  readonly pathSeconds: number;
  /** The least that the run takes with this many workers: the chain, or the work shared out evenly. */
  readonly leastWallSeconds: number;
  readonly jobs: number;
  /** Nodes whose stage has never run: they are not counted. */
  readonly unknown: readonly string[];
}

/** `jobs`: how many workers there are. */
export function forecast(graph: Graph, { nodes }: PlanReport, jobs: number): Forecast {
  const planned = new Map(nodes.map((node) => [node.node, node]));
  const sum = (statuses: readonly string[]): number =>
    nodes.reduce((total, { status, seconds }) => total + (statuses.includes(status) ? (seconds ?? 0) : 0), 0);
  const most = sum(['run', 'pending']);
  const path = criticalPath({
    seconds: graph.nodes.map(({ id }) => {
      const node = planned.get(id);
      return node === undefined || node.status === 'hit' ? 0 : (node.seconds ?? 0);
    }),
    inputs: graph.nodes.map(({ inputs }) => inputs.flatMap(({ from }) => ('node' in from ? [from.node] : []))),
  });
  return {
    seconds: sum(['run']),
    mostSeconds: most,
    pathSeconds: path.seconds,
    leastWallSeconds: Math.max(path.seconds, most / jobs),
    jobs,
    unknown: nodes.flatMap(({ node, status, seconds }) => (status !== 'hit' && seconds === null ? [node] : [])),
  };
}
