/** The part of an experiment's plan that one branch needs. */
import type { PlannedStatus, PlanReport } from '../planning/plan/plan-report.ts';

/** The plan as it is for anything but an experiment. */
export function planOfBranch(report: PlanReport, branch: string): PlanReport {
  const { experiment } = report;
  if (experiment === undefined) return report;
  const positions = new Map<number, number>();
  for (const [run, each] of experiment.runs.entries()) if (each.branch === branch) positions.set(run, positions.size);
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
