/**
 * How the record tells that a run has left attempts to other hosts: it was stopped as an interrupted one is, and the visits of
 * the nodes that go on say so.
 */
import type { RunOutcome } from '../../events.ts';

/** The reason of such a visit. */
export const GOES_ON = 'goes on elsewhere';

/** As `run_end` has it. */
export function recordedOutcome(outcome: RunOutcome): Exclude<RunOutcome, 'detached'> {
  return outcome === 'detached' ? 'interrupted' : outcome;
}

/** An SQL expression: the outcome of the run `run`, from `recorded`, which is what `run_end` has. */
export function outcomeSql(run: string, recorded: string): string {
  return `CASE WHEN ${recorded} = 'interrupted' AND EXISTS (SELECT 1 FROM visit_reason w JOIN name q ON q.id = w.reason
    WHERE w.run = ${run} AND q.text = '${GOES_ON}') THEN 'detached' ELSE ${recorded} END`;
}
