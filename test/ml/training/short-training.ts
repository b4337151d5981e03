/** A short training of a small network, for tests of the training loop. */
import { openBackend } from '../../../src/ml/backends/backends.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import { constantSchedule, oneCycleSchedule } from '../../../src/ml/training/schedules.ts';
import type { TrainOptions } from '../../../src/ml/training/train.ts';
import type { Trainer } from '../../../src/ml/training/trainer.ts';
import { sampleData, smallSpec, streams } from '../samples.ts';

const backend = await openBackend('portable');

export const folds = [50, 51, 52].map((rows, i) => sampleData(smallSpec, rows, i));
export const validation = sampleData(smallSpec, 100, 10);

export function open(): Trainer {
  return openTrainer(backend, smallSpec, { batchSize: 16, adam: { beta2: 0.999, epsilon: 1e-3 } });
}

export const oneCycle = oneCycleSchedule({
  riseSteps: 12,
  fallSteps: 24,
  learningRate: { start: 1e-3, peak: 5e-2, end: 0 },
  beta1: { high: 0.95, low: 0.85 },
});

/** A short training: 12 sub-epochs of 3 steps; others at a constant rate. */
export function options(changes: Partial<TrainOptions> = {}): TrainOptions {
  return {
    trainer: open(),
    folds,
    validation,
    schedule: (changes.subEpochs ?? 12) === 12 ? oneCycle : constantSchedule({ learningRate: 1e-2 }),
    subEpochs: 12,
    rng: streams(1),
    ...changes,
  };
}
