/** A run, its outcome and its counts in words, as several verbs say them. */
import type { VisitOutcome } from '../../events.ts';
import type { RunRecord } from '../../store/query/runs.ts';
import type { RunPhase } from '../../store/record/facts.ts';
import type { VisitCounts, VisitRecord } from '../../store/query/visits.ts';
import { INTERRUPTED, leftFor } from '../../store/record/going-on.ts';
import { formatSeconds, formatTime, shellWord } from '../../ui/text/format.ts';
import type { Style } from '../../ui/text/style.ts';

type Outcome = RunRecord['outcome'];

/** `12 at 2026-11-21 04:15:28, failed` */
export function runLine(run: RunRecord, style: Style): string {
  return `${run.id} at ${formatTime(run.startedAt)}, ${outcomeWord(run, style)}`;
}

export function outcomeWord({ outcome }: RunRecord, style: Style): string {
  return outcomePaint(outcome, style)(outcome === 'died' ? 'died (its process was killed)' : outcome);
}

export function outcomePaint(outcome: Outcome, style: Style): (text: string) => string {
  switch (outcome) {
    case 'ok':
      return (text) => style.green(text);
    case 'failed':
    case 'died':
      return (text) => style.red(text);
    case 'interrupted':
    case 'detached':
      return (text) => style.yellow(text);
    case 'running':
      return (text) => style.bold(text);
  }
}

/** How long it took; empty while it runs. */
export function durationOf({
  startedAt,
  endedAt,
}: {
  readonly startedAt: number;
  readonly endedAt: number | null;
}): string {
  return endedAt === null ? '' : formatSeconds((endedAt - startedAt) / 1000);
}

/** `bundling 0.41 s, planning 0.02 s`: what a run did before its nodes; empty where it had nothing to do. */
export function phaseWords(phases: readonly RunPhase[]): string {
  return phases.map(({ name, ...times }) => `${name} ${durationOf(times)}`).join(', ');
}

/** `4 up to date, 2 ran, 1 failed` */
export function countWords(counts: VisitCounts, run: Pick<RunRecord, 'outcome'>): string {
  const told = (Object.keys(counts) as VisitOutcome[]).filter((outcome) => counts[outcome] > 0);
  return told.length === 0
    ? 'no node'
    : told.map((outcome) => `${counts[outcome]} ${visitWord(outcome, counts, run)}`).join(', ');
}

/** What a person calls the outcome of a visit; of a run's visits, where their counts are known. */
export function visitWord(outcome: VisitOutcome, counts?: VisitCounts, run?: Pick<RunRecord, 'outcome'>): string {
  switch (outcome) {
    case 'hit':
      return 'up to date';
    case 'cut-off':
      return 'unchanged';
    case 'ran':
    case 'failed':
      return outcome;
    case 'skipped':
      return skippedWord(counts?.failed === 0, run?.outcome);
  }
}

/** What became of a node in a run, in a word. The visit's reason says more of a node that was skipped. */
export function nodeWord({ outcome, reason }: Pick<VisitRecord, 'outcome' | 'reason'>): string {
  const left = leftFor(reason);
  if (outcome !== 'skipped' || (left === undefined && reason !== INTERRUPTED)) return visitWord(outcome);
  if (left === undefined) return 'interrupted';
  return left === 'elsewhere' ? 'detached' : 'waiting';
}

function skippedWord(isWithoutFailure: boolean, outcome: Outcome | undefined): string {
  if (outcome !== 'interrupted' && outcome !== 'detached') return 'skipped';
  const word = outcome === 'detached' ? 'left to the next run' : 'interrupted';
  return isWithoutFailure ? word : `skipped or ${word}`;
}

/** The command line, to paste. */
export function commandOf({ argv }: RunRecord): string {
  return argv.map(shellWord).join(' ');
}

/** `8f2c1d3a`, with a + where the working tree had changes that are not in a commit. */
export function commitWord({ commit, dirty }: RunRecord): string {
  return commit === null ? '' : commit.slice(0, 8) + (dirty === true ? '+' : '');
}
