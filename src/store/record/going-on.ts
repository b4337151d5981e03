/**
 * How the record tells that a run has left attempts to other hosts: it was stopped as an interrupted one is, and the
 * visits of the nodes that it has left say so.
 */
import type { LeftNode, RunOutcome } from '../../events.ts';

/** The reasons of visits that had to end before their nodes did; others are skipped since a node failed. */
export const INTERRUPTED = 'interrupted';
const GOES_ON = 'goes on elsewhere';
const LEFT = 'left to the next run';

/** The reason of the visit of a node that a run has left to the next one. */
export function reasonOfLeft(left: LeftNode): string {
  return left === 'elsewhere' ? GOES_ON : LEFT;
}

/** What a visit was left for, from its reason; undefined if it was not left. */
export function leftFor(reason: string | null): LeftNode | undefined {
  if (reason === GOES_ON) return 'elsewhere';
  return reason === LEFT ? 'waiting' : undefined;
}

/** As `run_end` has it. */
export function recordedOutcome(outcome: RunOutcome): Exclude<RunOutcome, 'detached'> {
  return outcome === 'detached' ? 'interrupted' : outcome;
}

/** An SQL expression: the outcome of the run `run`, from `recorded`, which is what `run_end` has. */
export function outcomeSql(run: string, recorded: string): string {
  return `CASE WHEN ${recorded} = 'interrupted' AND EXISTS (SELECT 1 FROM visit_reason w JOIN name q ON q.id = w.reason
    WHERE w.run = ${run} AND q.text = '${GOES_ON}') THEN 'detached' ELSE ${recorded} END`;
}
