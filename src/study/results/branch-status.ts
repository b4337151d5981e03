/** How much of each branch of an experiment is up to date. */
import type { PlannedStatus, PlanReport } from '../../planning/plan/plan-report.ts';

export interface BranchStatus {
  readonly branch: string;
  /** Its seeds, and those with which all of its nodes are up to date. */
  readonly seeds: readonly number[];
  readonly fresh: readonly number[];
  /** Of its nodes, each once. Nodes that several branches need are counted in each. */
  readonly counts: Readonly<Record<PlannedStatus, number>>;
  /** Why the first of its nodes is not a hit; empty if all are. */
  readonly reason: string;
}

/** The base first; undefined for a plan that is not that of an experiment. */
export function branchStatuses({ nodes, experiment }: PlanReport): readonly BranchStatus[] | undefined {
  if (experiment === undefined) return undefined;
  const branches = new Map<string, Gathered>();
  const stale = new Set<number>();
  for (const { branch, seed } of experiment.runs) gathered(branches, branch).seeds.push(seed);
  for (const { node, status, reason } of nodes) {
    const users = experiment.nodes[node]!;
    if (status !== 'hit') for (const run of users) stale.add(run);
    for (const branch of new Set(users.map((run) => experiment.runs[run]!.branch))) {
      const row = gathered(branches, branch);
      row.counts[status] += 1;
      if (row.reason === '' && status !== 'hit') row.reason = reason;
    }
  }
  for (const [run, { branch, seed }] of experiment.runs.entries())
    if (!stale.has(run)) gathered(branches, branch).fresh.push(seed);
  return [...branches.values()];
}

interface Gathered {
  readonly branch: string;
  readonly seeds: number[];
  readonly fresh: number[];
  readonly counts: Record<PlannedStatus, number>;
  reason: string;
}

function gathered(branches: Map<string, Gathered>, branch: string): Gathered {
  let row = branches.get(branch);
  if (row === undefined) {
    row = { branch, seeds: [], fresh: [], counts: { hit: 0, run: 0, pending: 0 }, reason: '' };
    branches.set(branch, row);
  }
  return row;
}
