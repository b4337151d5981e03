/** The part of an experiment's plan that one branch needs. */
import { UsageError } from '../../errors.ts';
import type { PlannedStatus, PlanReport } from '../../planning/plan/plan-report.ts';

/**
 * The plan as it is for anything but an experiment.
 * @throws UsageError for a branch that the experiment no longer has
 */
export function planOfBranch(report: PlanReport, branch: string): PlanReport {
  const { experiment } = report;
  if (experiment === undefined) return report;
  const positions = new Map<number, number>();
  for (const [run, each] of experiment.runs.entries()) if (each.branch === branch) positions.set(run, positions.size);
  if (positions.size === 0) {
    const branches = [...new Set(experiment.runs.map((run) => run.branch))];
    throw new UsageError(`The experiment has no branch ${branch} any more; it has ${branches.join(', ')}.`);
  }
  const users = (node: string): readonly number[] =>
    experiment.nodes[node]!.flatMap((run) => (positions.has(run) ? [positions.get(run)!] : []));
  const nodes = report.nodes.filter(({ node }) => users(node).length > 0);
  const counts: Record<PlannedStatus, number> = { hit: 0, run: 0, pending: 0 };
  for (const { status } of nodes) counts[status] += 1;
  return {
    ...report,
    nodes,
    counts,
    experiment: {
      ...experiment,
      runs: [...positions.keys()].map((run) => experiment.runs[run]!),
      nodes: Object.fromEntries(nodes.map(({ node }) => [node, users(node)])),
    },
  };
}
