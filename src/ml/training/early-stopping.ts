/** Early stopping: how long a training has gone without a new best. */
import { type Cycles, cycleAt } from './schedules.ts';
import type { TrainingProgress } from './train.ts';

/**
 * Ticks since the best: sub-epochs, or ends of cycles where there are cycles (counted in sub-epochs). A best at the end
 * of a cycle starts the count again; after a best within a cycle, that cycle's end counts (LUMIN 0.5.1,
 * nn/training/fold_train.py). For `stopWhen`: `(progress) => ticksSinceBest(progress, cycles) >= patience`.
 */
export function ticksSinceBest({ subEpoch, bestSubEpoch }: TrainingProgress, cycles?: Cycles): number {
  return cycles === undefined
    ? subEpoch - bestSubEpoch
    : cycleAt(cycles, subEpoch + 1).cycle - cycleAt(cycles, bestSubEpoch + 1).cycle;
}
