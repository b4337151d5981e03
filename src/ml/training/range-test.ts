/** The learning-rate range test (Smith, arXiv:1506.01186, section 3.3): one pass with a growing learning rate. */
import type { RandomStreams } from '../../core/identity/random.ts';
import { shuffledBatches } from './batches.ts';
import { checkTrainingSet, type TrainingSet } from '../data/dataset.ts';
import { initialise } from '../network/initialise.ts';
import { hasDropout } from '../network/network.ts';
import { pause } from './pause.ts';
import { exponentialSchedule } from './schedules.ts';
import { freshOptimiser, type Trainer } from './trainer.ts';

export interface RangeTestOptions {
  /** Its weights and its optimiser's state are replaced at the start. */
  readonly trainer: Trainer;
  /** One training fold: the test is one pass over it. */
  readonly data: TrainingSet;
  /** Streams `init`, `batches/0` and, where a network has dropout, `dropout/<step>`. */
  readonly rng: RandomStreams;
  /** The first learning rate; default 1e-5. */
  readonly low?: number;
  /** The learning rate that would follow the last one; default 10. */
  readonly high?: number;
  readonly beta1?: number;
  readonly signal?: AbortSignal;
}

/** One entry a batch; shorter than the pass if the loss diverged. */
export interface RangeTest {
  readonly learningRates: readonly number[];
  /** The loss of the batch before the step with this learning rate. */
  readonly losses: readonly number[];
}

/**
 * Trains a fresh network for one pass while the learning rate grows exponentially, and records the loss of every batch.
 * It ends early when the loss is not finite or, after ten batches, more than a hundred times the best since.
 *
 * @throws DataError if the data do not fit the network.
 */
export async function learningRateRangeTest(options: RangeTestOptions): Promise<RangeTest> {
  const { trainer, data, rng, low = 1e-5, high = 10, beta1 = 0.9, signal } = options;
  checkTrainingSet(trainer.spec, data, 'the data of the range test');
  const steps = Math.floor(data.rows / trainer.batchSize);
  const schedule = exponentialSchedule({ low, high, steps, beta1 });
  trainer.load(initialise(trainer.spec, rng('init')));
  trainer.restore(freshOptimiser(trainer.spec));
  const drops = hasDropout(trainer.spec);
  const learningRates: number[] = [];
  const losses: number[] = [];
  let best = Number.POSITIVE_INFINITY;
  for (const rows of shuffledBatches(data.rows, trainer.batchSize, rng('batches/0'))) {
    await pause(signal);
    const loss = await trainer.loss(data, rows);
    if (!Number.isFinite(loss)) break;
    const settings = schedule(losses.length);
    learningRates.push(settings.learningRate);
    losses.push(loss);
    if (losses.length > BATCHES_BEFORE_BEST) best = Math.min(best, loss);
    if (loss > 100 * best) break;
    trainer.step(data, rows, settings, drops ? rng(`dropout/${losses.length - 1}`) : undefined);
  }
  return { learningRates, losses };
}

const BATCHES_BEFORE_BEST = 10;
