/** When which worker did what in a run. Attempts that are too short to be seen apart are drawn as one. */
import type { AttemptRecord } from '../../store/query/attempts.ts';
import type { RunPhase } from '../../store/record/facts.ts';

/** What a worker did for a while: one attempt, or several of a stage with hardly a pause. */
export interface TimelineBar {
  readonly worker: string;
  readonly stage: string;
  /** Seconds since the run began. */
  readonly start: number;
  readonly end: number;
  /** The first of its nodes, and how many there are. */
  readonly node: string;
  readonly attempts: number;
  readonly failed: boolean;
  /** Whether it has no end on record: it goes on, or was killed. */
  readonly open: boolean;
}

/** What the run itself did before and around its nodes, such as planning; in seconds since it began. */
export interface TimelinePhase {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface Timeline {
  readonly phases: readonly TimelinePhase[];
  readonly workers: readonly string[];
  readonly bars: readonly TimelineBar[];
  /** From the beginning of the run to its end, or as far as is known. */
  readonly seconds: number;
  readonly attempts: number;
}

/**
 * Bars that begin within this share of the run after the one before are joined to it, where there are many attempts.
 */
const SEEN_SHARE = 1 / 600;
const MOST_SEPARATE = 500;

export function timelineOf(
  attempts: readonly AttemptRecord[],
  phases: readonly RunPhase[],
  { startedAt, endedAt }: { readonly startedAt: number; readonly endedAt: number | null },
  stageOf: (node: string) => string,
): Timeline {
  const last = attempts.reduce((latest, each) => Math.max(latest, each.endedAt ?? each.startedAt), startedAt);
  const until = Math.max(last, endedAt ?? startedAt);
  const seconds = (until - startedAt) / 1000;
  const gap = attempts.length > MOST_SEPARATE ? seconds * SEEN_SHARE : -1;
  const bars: TimelineBar[] = [];
  const latest = new Map<string, number>();
  for (const { worker, node, startedAt: from, endedAt: to, failure } of attempts) {
    const [start, end] = [(from - startedAt) / 1000, ((to ?? until) - startedAt) / 1000];
    const bar = {
      worker,
      stage: stageOf(node),
      start,
      end,
      node,
      attempts: 1,
      failed: failure !== null,
      open: to === null,
    };
    const place = latest.get(worker);
    const before = place === undefined ? undefined : bars[place]!;
    if (before !== undefined && isContinued(before, bar, gap))
      bars[place!] = { ...before, end: Math.max(before.end, end), attempts: before.attempts + 1 };
    else {
      latest.set(worker, bars.length);
      bars.push(bar);
    }
  }
  return {
    phases: phases.map(({ name, startedAt: from, endedAt: to }) => ({
      name,
      start: (from - startedAt) / 1000,
      end: (to - startedAt) / 1000,
    })),
    workers: [...new Set(attempts.map(({ worker }) => worker))],
    bars,
    seconds,
    attempts: attempts.length,
  };
}

function isContinued(before: TimelineBar, bar: TimelineBar, gap: number): boolean {
  const isAlike = before.stage === bar.stage && !before.failed && !bar.failed && !before.open && !bar.open;
  return isAlike && bar.start - before.end <= gap;
}
