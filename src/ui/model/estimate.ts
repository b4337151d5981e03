/** How long a node, and a run, will still take: from progress and, where there is none, from what others took. In seconds. */
import type { NodeView } from './node-view.ts';
import type { RunModel, StageView } from './run-model.ts';

/** Null where nothing speaks for any number. `now` in milliseconds, as the times of the events. */
export function nodeSecondsLeft(node: NodeView, usual: number | null, now: number): number | null {
  const { attempt } = node;
  if (attempt === null || attempt.endedAt !== null) return null;
  const { progress, startedAt } = attempt;
  if (progress !== null && progress.done > 0 && progress.total >= progress.done) {
    const { done, total, at, firstDone, firstAt } = progress;
    // After a resumption what was done before took no time now.
    const pace = done > firstDone ? (at - firstAt) / (done - firstDone) : (at - startedAt) / done;
    return Math.max(0, (total - done) * pace - (now - at)) / 1000;
  }
  return usual === null ? null : Math.max(0, usual - (now - startedAt) / 1000);
}

/** What a node of the stage takes: in this run, if one ran, else in earlier ones. */
export function usualSeconds({ counts, ranSeconds, recordedSeconds }: StageView): number | null {
  return counts.ran > 0 ? ranSeconds / counts.ran : recordedSeconds;
}

/**
 * If all that has not ended runs: what is left, divided among the workers, and at least what the longest node needs.
 * Null where a stage is left of which nothing is known.
 */
export function runSecondsLeft(model: RunModel, now: number): number | null {
  if (model.run === undefined || model.finished !== undefined) return null;
  let work = 0;
  let longest = 0;
  for (const stage of model.stages.values()) {
    const { hit, ran, failed, skipped, running } = stage.counts;
    const waiting = stage.nodes - hit - stage.counts['cut-off'] - ran - failed - skipped - running;
    if (waiting <= 0) continue;
    const usual = usualSeconds(stage);
    if (usual === null) return null;
    work += waiting * usual;
  }
  for (const node of model.running) {
    const left = nodeSecondsLeft(node, usualSeconds(model.stages.get(node.stage)!), now);
    if (left === null) return null;
    work += left;
    longest = Math.max(longest, left);
  }
  return Math.max(longest, work / Math.max(1, model.run.jobs));
}
