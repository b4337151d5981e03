/** What the branches of a study share: how many nodes they have in all, and how many of these are distinct. */
import type { PreparedRun } from '../planning/plan/prepared-run.ts';
import type { StudyRun } from './study-graph.ts';

export interface Shares {
  /** Nodes of all branches with all seeds, each counted in each. */
  readonly nodes: number;
  readonly distinct: number;
  /** Node executions that sharing spares: the nodes in all without the distinct ones. */
  readonly shared: number;
  /** Distinct nodes whose states are in the cache. */
  readonly cached: number;
  /** Distinct nodes that run, or may run. */
  readonly toRun: number;
}

export function sharesOf({ steps }: Pick<PreparedRun, 'steps'>, runs: readonly StudyRun[]): Shares {
  const nodes = runs.reduce((sum, { positions }) => sum + positions.length, 0);
  const distinct = steps.length;
  const cached = steps.filter(({ status }) => status === 'hit').length;
  return { nodes, distinct, shared: nodes - distinct, cached, toRun: distinct - cached };
}
