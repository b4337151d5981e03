/** What the view knows about one stage: its nodes by phase, their durations, and what they tell. */
import { type Phase, PHASES } from './node-view.ts';

export interface StageView {
  readonly stage: string;
  /** How many nodes it has. */
  nodes: number;
  readonly counts: Record<Phase, number>;
  /** The average seconds of its states in earlier runs; null if none is on record. */
  readonly recordedSeconds: number | null;
  /** The total seconds of the nodes that ran in this run. */
  ranSeconds: number;
  /** What its nodes have told in this run: only then is a column for it worth its room. */
  readonly tells: Record<'progress' | 'note' | 'loss' | 'rate', boolean>;
}

export function newStage(stage: string, nodes: number, recordedSeconds: number | null): StageView {
  return {
    stage,
    nodes,
    counts: noCounts(),
    recordedSeconds,
    ranSeconds: 0,
    tells: { progress: false, note: false, loss: false, rate: false },
  };
}

/** How many of its nodes have a state. */
export function doneOf({ counts }: StageView): number {
  return counts.hit + counts['cut-off'] + counts.ran;
}

/** How many of its nodes have not ended. */
export function remainingOf(stage: StageView): number {
  const { failed, skipped } = stage.counts;
  return Math.max(0, stage.nodes - doneOf(stage) - failed - skipped - unfinishedOf(stage));
}

/** How many of its nodes the run has ended before: it was interrupted, or has left them to the next run. */
export function unfinishedOf({ counts }: Pick<StageView, 'counts'>): number {
  return counts.interrupted + counts.detached + counts.left;
}

export function noCounts(): Record<Phase, number> {
  return Object.fromEntries(PHASES.map((phase) => [phase, 0])) as Record<Phase, number>;
}
