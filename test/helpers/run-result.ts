/** What a command line came to, and what `restage run --reporter json` told. */
import type { RunEvent, VisitOutcome } from '../../src/events.ts';
import type { RunReport } from '../../src/run/request.ts';

export interface Finished {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunResult extends Finished {
  readonly events: readonly RunEvent[];
  /** What the run ended with; undefined if it did not come that far. */
  readonly report: RunReport | undefined;
  /** How each node ended, as told by the events. */
  readonly outcomes: Readonly<Record<string, VisitOutcome>>;
}

type Line = RunEvent | (RunReport & { readonly type: 'run-report' });

/** Reads the events and the report out of the output of a run that has ended. */
export function runResultOf(finished: Finished): RunResult {
  const lines = finished.stdout.split('\n').filter((line) => /^\{"(format|type)":/.test(line));
  const told = lines.map((line) => JSON.parse(line) as Line);
  const events = told.filter((line): line is RunEvent => line.type !== 'run-report');
  const report = told.find((line) => line.type === 'run-report');
  return { ...finished, events, report, outcomes: outcomesOf(events) };
}

export function outcomesOf(events: readonly RunEvent[]): Readonly<Record<string, VisitOutcome>> {
  const outcomes: Record<string, VisitOutcome> = {};
  for (const event of events) {
    if (event.type === 'node-hit') outcomes[event.node] = event.how;
    if (event.type === 'node-ran') outcomes[event.node] = 'ran';
    if (event.type === 'node-failed') outcomes[event.node] = 'failed';
    if (event.type === 'node-skipped') outcomes[event.node] = 'skipped';
  }
  return outcomes;
}
