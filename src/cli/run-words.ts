/** A run and its counts in words, as several verbs say them. */
import type { VisitOutcome } from '../events.ts';
import type { RunRecord } from '../store/query/runs.ts';
import type { VisitCounts } from '../store/query/visits.ts';
import { formatSeconds, formatTime } from '../ui/text/format.ts';

/** `12 at 2026-11-21 04:15:28, failed` */
export function runLine(run: RunRecord): string {
  return `${run.id} at ${formatTime(run.startedAt)}, ${outcomeWord(run)}`;
}

export function outcomeWord({ outcome }: RunRecord): string {
  return outcome === 'died' ? 'died (its process was killed)' : outcome;
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

export function countWords(counts: VisitCounts): string {
  const told = (Object.keys(counts) as VisitOutcome[]).filter((outcome) => counts[outcome] > 0);
  return told.length === 0 ? 'no node' : told.map((outcome) => `${counts[outcome]} ${outcome}`).join(', ');
}

/** `8f2c1d3a`, with a + where the working tree had changes that are in no commit. */
export function commitWord({ commit, dirty }: RunRecord): string {
  return commit === null ? '' : commit.slice(0, 8) + (dirty === true ? '+' : '');
}
