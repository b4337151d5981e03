/** Early stopping: a training ends when its validation loss has not improved for so long. */
import type { CheckpointValue } from '../../core/authoring/stage.ts';
import { DataError } from '../../errors.ts';
import type { CallerState, SubEpochStart, TrainingCallback, TrainingProgress } from './callbacks.ts';
import { type Cycles, cycleAt } from './schedules.ts';

/**
 * Steps of the optimiser; passes over one fold; passes over all folds; or ends of the schedule's cycles. An improvement
 * at the end of a cycle starts the count again; after one within a cycle, that cycle's end counts (LUMIN 0.5.1,
 * nn/training/fold_train.py).
 */
export type PatienceUnit = 'steps' | 'sub-epochs' | 'epochs' | 'cycles';

export interface EarlyStoppingOptions {
  /** Without an improvement for this long, the training ends. It is asked after sub-epochs only. */
  readonly patience: { readonly count: number; readonly unit: PatienceUnit };
  /**
   * By how much a loss must be below that of the last improvement to be one; default 0: as low is enough, as for the
   * best weights. These do not heed it: they may be of a later and slightly better sub-epoch.
   */
  readonly leastImprovement?: number | undefined;
  /** Counted in sub-epochs; needed if patience is. */
  readonly cycles?: Cycles | undefined;
}

interface Improvement {
  readonly loss: number;
  readonly subEpoch: number;
  readonly steps: number;
}

/**
 * What callbacks offer counts as their sub-epoch's loss.
 *
 *     await train({ ..., callbacks: [new EarlyStopping({ patience: { count: 5, unit: 'epochs' }, leastImprovement: 1e-4 })] });
 */
export class EarlyStopping implements TrainingCallback, CallerState {
  readonly #options: EarlyStoppingOptions;
  #last: Improvement | undefined;

  /** @throws RangeError unless the count is a whole number of at least 1, and for cycles where there are none. */
  constructor(options: EarlyStoppingOptions) {
    const { patience, leastImprovement = 0, cycles } = options;
    if (!Number.isSafeInteger(patience.count) || patience.count < 1)
      throw new RangeError(`Patience is a whole number of at least 1 ${patience.unit}, not ${patience.count}.`);
    if (!(leastImprovement >= 0 && Number.isFinite(leastImprovement)))
      throw new RangeError(`The least improvement is a number of at least 0, not ${leastImprovement}.`);
    if (patience.unit === 'cycles' && cycles === undefined)
      throw new RangeError('Patience counts cycles; the schedule has none.');
    this.#options = options;
  }

  /** Forgets an earlier training. */
  atStart({ subEpoch }: SubEpochStart): void {
    if (subEpoch === 0) this.#last = undefined;
  }

  stopWhen(progress: TrainingProgress): boolean {
    const { patience, leastImprovement = 0 } = this.#options;
    const { subEpoch, steps, bestLoss, bestSubEpoch } = progress;
    const wanted = (this.#last?.loss ?? Number.POSITIVE_INFINITY) - leastImprovement;
    if (bestSubEpoch === subEpoch && bestLoss <= wanted) this.#last = { loss: bestLoss, subEpoch, steps };
    return this.#last !== undefined && this.#since(this.#last, progress) >= patience.count;
  }

  #since(last: Improvement, { subEpoch, steps, epochSubEpochs }: TrainingProgress): number {
    const { patience, cycles } = this.#options;
    switch (patience.unit) {
      case 'steps':
        return steps - last.steps;
      case 'sub-epochs':
        return subEpoch - last.subEpoch;
      case 'epochs':
        return (subEpoch - last.subEpoch) / epochSubEpochs;
      case 'cycles':
        return cycleAt(cycles!, subEpoch + 1).cycle - cycleAt(cycles!, last.subEpoch + 1).cycle;
    }
  }

  save(): CheckpointValue {
    return this.#last === undefined ? null : { ...this.#last };
  }

  /** @throws DataError if `saved` is not what `save` gave. */
  restore(saved: CheckpointValue): void {
    if (saved !== null && !isImprovement(saved))
      throw new DataError('The checkpoint is not one of a training with early stopping; run the stage afresh.');
    this.#last = saved ?? undefined;
  }
}

function isImprovement(value: CheckpointValue): value is CheckpointValue & Improvement {
  const { loss, subEpoch, steps } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return [loss, subEpoch, steps].every((number) => typeof number === 'number');
}
