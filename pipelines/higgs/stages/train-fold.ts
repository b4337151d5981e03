/** The stage that trains one network of the ensemble. */
import { json, stage, weights } from 'restage';
import { type NetworkSpec, openTrainer, train } from 'restage/ml';
import { z } from 'zod';
import { dataOrigin, type OnData } from '../data-origin.ts';
import { networkParams, networkSpec } from '../network.ts';
import {
  augmentedInputs,
  foldCount,
  foldOf,
  momentumParams,
  oneCycle,
  optimiserParams,
  scheduleParams,
} from '../training.ts';

/** What became of a training. */
export interface TrainingReport {
  /** The fold that it was validated on. */
  readonly fold: number;
  readonly network: NetworkSpec;
  readonly bestLoss: number;
  readonly bestSubEpoch: number;
  readonly steps: number;
  /** Validation loss after each sub-epoch. */
  readonly history: readonly number[];
}

/**
 * Trains on all folds but one, validates on that after every sub-epoch, and keeps the weights of the best. Events are
 * turned and reflected anew in every sub-epoch, those for validation once at the start, as in the study.
 */
export const trainFold = stage({
  name: 'higgs/train-fold',
  description: 'one network, validated on one fold and trained on the others',
  params: z.strictObject({
    fold: z.int().min(0),
    data: dataOrigin,
    network: networkParams,
    optimiser: optimiserParams,
    schedule: scheduleParams,
    /** Cycle Adam's beta1 against the learning rate; null keeps it fixed. */
    momentum: momentumParams.nullable(),
    augment: z.boolean(),
  }),
  inputs: { training: weights() },
  outputs: { network: weights(), report: json<OnData<TrainingReport>>() },
  random: true,
  compute: true,
  async run({ params, inputs, rng, backend, checkpoint, signal, log, metric, progress }) {
    const { data, fold, network, optimiser, schedule, momentum, augment } = params;
    const training = await inputs.training.read();
    const others = Array.from({ length: foldCount(training) }, (_, k) => k).filter((k) => k !== fold);
    const folds = others.map((k) => foldOf(training, k));
    const asItIs = foldOf(training, fold);
    const validation = augment ? { ...asItIs, ...augmentedInputs(asItIs, rng('augment/validation')) } : asItIs;
    const { batchSize, beta1, ...adam } = optimiser;
    const spec = networkSpec(network);
    const trainer = openTrainer(backend, spec, { batchSize, adam });
    try {
      const buffers = new Map<number, Float32Array>();
      const model = await train({
        trainer,
        folds,
        validation,
        schedule: oneCycle(schedule, folds, batchSize, momentum ?? beta1),
        subEpochs: schedule.lengthRiseSubEpochs + schedule.lengthFallSubEpochs,
        rng,
        checkpoint,
        signal,
        ...(augment && {
          augment(index: number, subEpoch: number) {
            const events = folds[index]!;
            const inputs = augmentedInputs(events, rng(`augment/${subEpoch}`), buffers.get(events.continuous.length));
            buffers.set(events.continuous.length, inputs.continuous);
            return inputs;
          },
        }),
        onSubEpoch({ subEpoch, subEpochs, loss, settings }) {
          metric('validation loss', loss, subEpoch);
          metric('learning rate', settings.learningRate, subEpoch);
          progress(subEpoch + 1, subEpochs, `loss ${loss.toFixed(4)}`);
        },
      });
      const { bestLoss, bestSubEpoch, steps, history } = model;
      metric('best loss', bestLoss);
      log(`validation loss ${bestLoss.toFixed(4)} after ${bestSubEpoch + 1} sub-epochs of ${history.length}`);
      return {
        network: model.weights,
        report: { data, fold, network: spec, bestLoss, bestSubEpoch, steps, history },
      };
    } finally {
      trainer.dispose();
    }
  },
});
