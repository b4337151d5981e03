/**
 * Stochastic weight averaging within a training (Izmailov et al., arXiv:1803.05407), with the pair of averages of
 * `PairOfAverages`: after every sub-epoch the average is validated and, where it beats the network itself, offered to
 * `train` as that sub-epoch's weights, so the result and early stopping use the better of the two.
 *
 * The running statistics of batch norm are averaged like parameters, as PyTorch's AveragedModel does with
 * `use_buffers`.
 */
import type { CheckpointValue } from '../../core/authoring/stage.ts';
import { DataError } from '../../errors.ts';
import type { TrainingSet } from '../data/dataset.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { type Mean, PairOfAverages, type PairOptions } from './pair-of-averages.ts';
import { type Cycles, cycleAt } from './schedules.ts';
import type { CallerState, SubEpochReport, TrainingCallback } from './callbacks.ts';
import { flattenWeights, unflattenWeights, type Weights } from '../network/weights.ts';

export interface WeightAveragingOptions extends PairOptions {
  readonly spec: NetworkSpec;
  /** The validation set of the training. */
  readonly validation: TrainingSet;
  /**
   * Counted in sub-epochs. With them a tick is the end of a cycle, where the learning rate is low; without, every
   * sub-epoch is one.
   */
  readonly cycles?: Cycles | undefined;
}

/** The average after a sub-epoch. */
export interface AverageReport {
  readonly loss: number;
  /** How many weights it is the mean of. */
  readonly count: number;
}

/**
 *     const averaging = new WeightAveraging({ spec, validation, start: 5, renewal: 5 });
 *     await train({ ..., callbacks: [averaging] });
 */
export class WeightAveraging implements TrainingCallback, CallerState {
  readonly #options: WeightAveragingOptions;
  readonly #pair: PairOfAverages;
  /** Losses of averages that were validated, since most averages stay the same for several sub-epochs. */
  readonly #losses = new WeakMap<Mean, number>();
  #averagedInBest = 0;

  /** @throws RangeError for a start or a renewal period that makes no sense. */
  constructor(options: WeightAveragingOptions) {
    this.#options = options;
    this.#pair = new PairOfAverages(options);
  }

  /** How many weights the training's best are the mean of; 0: they are not an average. */
  get averagedInBest(): number {
    return this.#averagedInBest;
  }

  /** How often a younger average has replaced the older one. */
  get replacements(): number {
    return this.#pair.replacements;
  }

  /** Undefined while there is no average. */
  async afterSubEpoch(report: SubEpochReport): Promise<AverageReport | undefined> {
    const { subEpoch, loss, bestSubEpoch, trainer, offer } = report;
    const { spec, validation, cycles } = this.#options;
    if (bestSubEpoch === subEpoch) this.#averagedInBest = 0;
    const current = await trainer.weights();
    const weightsOf = ({ values }: Mean): Weights => unflattenWeights(spec, Float32Array.from(values));
    const lossOf = async (mean: Mean): Promise<number> => {
      const known = this.#losses.get(mean);
      if (known !== undefined) return known;
      trainer.load(weightsOf(mean));
      const found = await trainer.loss(validation);
      trainer.load(current);
      this.#losses.set(mean, found);
      return found;
    };
    if (cycles === undefined || cycleAt(cycles, subEpoch + 1).position === 0)
      await this.#pair.tick(flattenWeights(spec, current), lossOf);
    const mean = this.#pair.incumbent;
    if (mean === null) return undefined;
    const average = await lossOf(mean);
    if (average < loss && offer(weightsOf(mean), average)) this.#averagedInBest = mean.count;
    return { loss: average, count: mean.count };
  }

  save(): CheckpointValue {
    return { pair: this.#pair.save(), averagedInBest: this.#averagedInBest };
  }

  /** @throws DataError if `saved` is not what `save` gave. */
  restore(saved: CheckpointValue): void {
    const { pair = null, averagedInBest } = (saved ?? {}) as Readonly<Record<string, CheckpointValue>>;
    if (typeof averagedInBest !== 'number')
      throw new DataError('The checkpoint is not one of a training with averaging.');
    this.#pair.restore(pair);
    this.#averagedInBest = averagedInBest;
  }
}
