/**
 * From a plan to a scheduler: which states exist from the beginning, which nodes take part, and what each node needs.
 */
import type { GraphInput, GraphNode } from '../../core/graph/graph.ts';
import type { KnownState, PlanNode } from '../../planning/plan/plan.ts';
import { secretsOfTask } from '../../planning/repetition/task-secrets.ts';
import type { StageCosts } from '../../store/query/cost-history.ts';
import type { WaitLimits } from './arrivals.ts';
import type { PlannedWork } from './planned-work.ts';
import { machinePools, needsOf, needsOfElsewhere } from './resources.ts';
import type { Needs } from './pools.ts';
import type { ScheduledNode } from './scheduled-node.ts';
import { Scheduler } from './scheduler.ts';

/** A node whose state exists before anything is scheduled. */
export interface PlannedHit {
  readonly index: number;
  readonly node: PlanNode;
  readonly state: Pick<KnownState, 'id' | 'key' | 'seconds'>;
  /** The row of the equivalence by which it has the state; undefined for its own. */
  readonly equivalence?: number | undefined;
}

export interface SchedulingOptions {
  readonly jobs: number;
  readonly pools: Readonly<Record<string, number>>;
  readonly isolate?: boolean;
  readonly executors: {
    readonly of: (node: GraphNode) => string;
    readonly isElsewhere: (node: GraphNode) => boolean;
    readonly takesTogether?: (node: GraphNode) => boolean;
  };
}

const NONE: readonly number[] = [];

/**
 * `hits`: the nodes that were planned as hits and have only such hits above them, so that nothing during the run can
 * void them. A planned hit below a node that runs waits for that node, which may give different bytes than before.
 */
export function schedulerOf(
  work: PlannedWork,
  costOf: StageCosts,
  options: SchedulingOptions,
  waits: WaitLimits,
): { readonly scheduler: Scheduler; readonly hits: readonly PlannedHit[] } {
  const { definition, nodes: planned, steps, devices, ranks } = work;
  const { jobs, pools, executors } = options;
  const { nodes } = definition.graph;
  const hits: PlannedHit[] = [];
  const scheduled: ScheduledNode[] = [];
  const isDone = ({ from }: GraphInput): boolean => !('node' in from) || scheduled[from.node]!.initially === 'done';
  const needs = (index: number): Needs => {
    const node = nodes[index]!;
    return executors.isElsewhere(node) ? needsOfElsewhere(node) : needsOf(node, costOf(node.stage), devices);
  };
  let done: ScheduledNode | undefined;
  for (let index = 0; index < nodes.length; index++) {
    const node = nodes[index]!;
    const step = steps[index]!;
    const priority = node.policy.priority ?? 0;
    if (step.status === 'excluded') {
      scheduled.push({ dependencies: NONE, seconds: 0, priority, needs, initially: 'excluded' });
    } else if (step.status === 'hit' && step.planned && node.inputs.every(isDone)) {
      hits.push({ index, node: planned[index]!, state: step.state, equivalence: step.equivalence });
      // Nothing waits with it, whatever it depends on: such nodes, which can be thousands, share one entry.
      if (done?.priority !== priority) done = { dependencies: NONE, seconds: 0, priority, needs, initially: 'done' };
      scheduled.push(done);
    } else {
      const dependencies = node.inputs.flatMap(({ from }) => ('node' in from ? [from.node] : []));
      const seconds = step.status === 'hit' ? 0 : costOf(node.stage)?.seconds;
      const rank = ranks?.[index] ?? 0;
      scheduled.push({
        dependencies: [...new Set(dependencies)],
        seconds,
        priority,
        rank,
        needs,
        party: partyOf(node, work, options),
        initially: 'waiting',
      });
    }
  }
  return { scheduler: new Scheduler(scheduled, machinePools(jobs, devices, pools), waits), hits };
}

/**
 * Nodes of one stage go together where each has the same bits as alone. One that must have a process of its own goes
 * alone, and one with secrets, since what they print in common is in the log of each. What they need is compared by the
 * scheduler.
 */
function partyOf(
  node: GraphNode,
  { sameBitsTogether, conditions }: PlannedWork,
  { executors, isolate = false }: SchedulingOptions,
): string | undefined {
  const mayBe = sameBitsTogether && node.together === true && !isolate && node.policy.isolate !== true;
  if (!mayBe || executors.takesTogether?.(node) !== true) return undefined;
  return secretsOfTask(node, conditions.secrets).secrets === undefined
    ? `${executors.of(node)} ${node.stage}`
    : undefined;
}
