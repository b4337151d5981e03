/**
 * How long a node, and a run, will still take: from progress, or from what other nodes of the stage took. In seconds.
 */
import type { NodeView } from './node-view.ts';
import type { RunModel } from './run-model.ts';
import { remainingOf, type StageView } from './stage-view.ts';

/** Null where nothing is known. `now` is in milliseconds, as the times of the events are. */
export function nodeSecondsLeft(node: NodeView, usual: number | null, now: number): number | null {
  const { attempt } = node;
  if (attempt === null || attempt.endedAt !== null) return null;
  const { progress, startedAt } = attempt;
  if (progress !== null && progress.done > 0 && progress.total >= progress.done) {
    const { done, total, at, firstDone, firstAt } = progress;
    // A resumed stage did its first part earlier: that part tells nothing about the pace.
    const pace = done > firstDone ? (at - firstAt) / (done - firstDone) : (at - startedAt) / done;
    return Math.max(0, (total - done) * pace - (now - at)) / 1000;
  }
  return usual === null ? null : Math.max(0, usual - (now - startedAt) / 1000);
}

/** What a node of the stage takes: in this run, if one ran, else in earlier runs. */
export function usualSeconds({ counts, ranSeconds, recordedSeconds }: StageView): number | null {
  return counts.ran > 0 ? ranSeconds / counts.ran : recordedSeconds;
}

/** What the nodes of each stage will take that run with progress: the best that is known before the first has ended. */
function projectedSeconds(model: RunModel, now: number): ReadonlyMap<string, number> {
  const sums = new Map<string, { seconds: number; nodes: number }>();
  for (const node of model.running) {
    const left = nodeSecondsLeft(node, null, now);
    if (left === null || node.attempt === null) continue;
    const sum = sums.get(node.stage) ?? { seconds: 0, nodes: 0 };
    sum.seconds += left + (now - node.attempt.startedAt) / 1000;
    sum.nodes += 1;
    sums.set(node.stage, sum);
  }
  return new Map([...sums].map(([stage, { seconds, nodes }]) => [stage, seconds / nodes]));
}

export interface RunEstimate {
  readonly seconds: number;
  /** True where the run has nodes whose duration is unknown: the run takes at least `seconds`. */
  readonly isLowerBound: boolean;
}

/**
 * If every node that has not ended runs: what is left, divided among the workers, and at least what the longest running
 * node needs. Nodes of stages that execute elsewhere are divided among as many as were seen to run there at once. Null
 * where no node that is left has a known duration.
 */
export function runEstimate(model: RunModel, now: number): RunEstimate | null {
  if (model.run === undefined || model.finished !== undefined) return null;
  const { elsewhere } = model;
  const work = { here: 0, elsewhere: 0 };
  const placeOf = (stage: string): keyof typeof work => (elsewhere.hasStage(stage) ? 'elsewhere' : 'here');
  let longest = 0;
  let known = 0;
  let unknown = 0;
  const projected = projectedSeconds(model, now);
  for (const stage of model.stages.values()) {
    const waiting = remainingOf(stage) - stage.counts.running;
    if (waiting <= 0) continue;
    const usual = usualSeconds(stage) ?? projected.get(stage.stage) ?? null;
    if (usual === null) unknown += waiting;
    else {
      known += waiting;
      work[placeOf(stage.stage)] += waiting * usual;
      longest = Math.max(longest, usual);
    }
  }
  for (const node of model.running) {
    const left = nodeSecondsLeft(node, usualSeconds(model.stages.get(node.stage)!), now);
    if (left === null) unknown += 1;
    else {
      known += 1;
      work[placeOf(node.stage)] += left;
      longest = Math.max(longest, left);
    }
  }
  if (known === 0) return null;
  // Nobody knows how many will run at once before one has.
  const isQueued = work.elsewhere > 0 && elsewhere.mostAtOnce === 0;
  const there = isQueued ? 0 : work.elsewhere / Math.max(1, elsewhere.mostAtOnce);
  const seconds = Math.max(longest, work.here / Math.max(1, model.run.jobs), there);
  return { seconds, isLowerBound: unknown > 0 || isQueued };
}
