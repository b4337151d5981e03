/**
 * From a plan to a scheduler: which states exist from the beginning, which nodes take part, and what each node needs.
 */
import type { KnownState, PlanNode } from '../../planning/plan/plan.ts';
import type { StageCosts } from '../../store/query/cost-history.ts';
import type { PlannedWork } from './planned-work.ts';
import { machinePools, needsOf } from './resources.ts';
import { type ScheduledNode, Scheduler } from './scheduler.ts';

/** A node whose state exists before anything is scheduled. */
export interface PlannedHit {
  readonly index: number;
  readonly node: PlanNode;
  readonly state: KnownState;
}

/** For a stage that never ran: any positive number makes the critical path count its nodes. */
const UNKNOWN_SECONDS = 1;

/**
 * `hits`: the nodes that were planned as hits and have only such hits above them, so that nothing during the run can
 * void them. A planned hit below a node that runs waits for that node, which may give different bytes than before.
 */
export function schedulerOf(
  { definition, nodes: planned, steps, devices }: PlannedWork,
  costOf: StageCosts,
  { jobs, pools }: { readonly jobs: number; readonly pools: Readonly<Record<string, number>> },
): { readonly scheduler: Scheduler; readonly hits: readonly PlannedHit[] } {
  const { nodes } = definition.graph;
  const hits: PlannedHit[] = [];
  const scheduled: ScheduledNode[] = [];
  for (const [index, node] of nodes.entries()) {
    const step = steps[index]!;
    const dependencies = [...new Set(node.inputs.flatMap(({ from }) => ('node' in from ? [from.node] : [])))];
    const isHit = step.status === 'hit';
    const isDone = isHit && step.planned && dependencies.every((source) => scheduled[source]!.initially === 'done');
    if (isDone) hits.push({ index, node: planned[index]!, state: step.state });
    const cost = costOf(node.stage);
    scheduled.push({
      dependencies,
      seconds: isHit ? 0 : (cost?.seconds ?? UNKNOWN_SECONDS),
      priority: node.policy.priority ?? 0,
      // Hits have needs too: they may have to be made again.
      needs: needsOf(node, cost, devices),
      initially: step.status === 'excluded' ? 'excluded' : isDone ? 'done' : 'waiting',
    });
  }
  return { scheduler: new Scheduler(scheduled, machinePools(jobs, devices, pools)), hits };
}
