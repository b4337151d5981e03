/** Training a network, whole or pruned, on all folds but the first, which validates. */
import type { Checkpoint, ComputeBackend, RandomStreams, Tensors } from 'restage';
import {
  flattenWeights,
  type NetworkSpec,
  oneCycleSchedule,
  openTrainer,
  type SubEpochReport,
  train,
  type TrainedModel,
  type TrainingSet,
  unflattenWeights,
  type Weights,
} from 'restage/ml';
import { foldCount, foldOf } from '../higgs/training/training.ts';
import type { TrainingParams } from './params.ts';

export interface Start {
  readonly weights: Tensors;
  /** What is pruned, and stays 0 throughout. */
  readonly masks: Tensors;
}

/** What a stage that trains is given; part of its context. */
export interface Place {
  readonly backend: ComputeBackend;
  readonly rng: RandomStreams;
  readonly checkpoint: Checkpoint;
  readonly signal: AbortSignal;
  readonly metric: (name: string, value: number, step?: number) => void;
  readonly progress: (done: number, total: number, note?: string) => void;
}

export interface Trained extends TrainedModel {
  /** The weights after `rewindSubEpochs`. */
  readonly early: Weights;
}

/** Trains from these weights, and keeps the best by validation loss. */
export async function trained(
  spec: NetworkSpec,
  events: Tensors,
  start: Start,
  params: TrainingParams,
  rewindSubEpochs: number,
  place: Place,
): Promise<Trained> {
  const { batchSize, beta2, epsilon } = params;
  const folds = Array.from({ length: foldCount(events) - 1 }, (_, k) => foldOf(events, k + 1));
  const trainer = openTrainer(place.backend, spec, { batchSize, adam: { beta2, epsilon } });
  let early: Float32Array | undefined;
  try {
    const model = await train({
      ...place,
      trainer,
      folds,
      validation: foldOf(events, 0),
      schedule: schedule(params, folds),
      subEpochs: params.lengthRiseSubEpochs + params.lengthFallSubEpochs,
      // Copies of the right types, checked against the network.
      initial: unflattenWeights(spec, flattenWeights(spec, start.weights)),
      masks: start.masks,
      callerState: {
        save: () => early ?? null,
        restore: (saved) => (early = saved instanceof Float32Array ? saved : undefined),
      },
      async onSubEpoch({ subEpoch, subEpochs, loss }: SubEpochReport) {
        if (subEpoch + 1 === rewindSubEpochs) early = flattenWeights(spec, await trainer.weights());
        place.metric('validation loss', loss, subEpoch);
        place.progress(subEpoch + 1, subEpochs, `loss ${loss.toFixed(4)}`);
      },
    });
    place.metric('best loss', model.bestLoss);
    return { ...model, early: unflattenWeights(spec, early!) };
  } finally {
    trainer.dispose();
  }
}

function schedule(params: TrainingParams, folds: readonly TrainingSet[]) {
  const epochSteps = folds.reduce((steps, { rows }) => steps + Math.floor(rows / params.batchSize), 0);
  const steps = (subEpochs: number): number => Math.max(1, Math.round((subEpochs * epochSteps) / folds.length));
  return oneCycleSchedule({
    riseSteps: steps(params.lengthRiseSubEpochs),
    fallSteps: steps(params.lengthFallSubEpochs),
    learningRate: { start: params.learningRateStart, peak: params.learningRatePeak, end: params.learningRateEnd },
    beta1: params.beta1,
  });
}
