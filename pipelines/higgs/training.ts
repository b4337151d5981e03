/** Training one network of the ensemble: which folds, which schedule, how augmented (LUMIN 0.5.1, nn/training/fold_train.py). */
import type { Random, Tensors } from 'restage';
import {
  type Cycles,
  constantSchedule,
  cosineSchedule,
  inSubEpochs,
  type NetworkInputs,
  oneCycleSchedule,
  type Schedule,
  type TrainingSchedule,
  type TrainingSet,
  triangularSchedule,
} from 'restage/ml';
import { z } from 'zod';
import { augmented } from './augmentation.ts';
import { networkInputs } from './inputs.ts';

export const optimiserParams = z.strictObject({
  batchSize: z.int().positive().default(256),
  /** Adam's, fixed unless `cycleMomentum`. */
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  /** With weights of mean 1; equal to the study's 1e-8 with its weights of mean 1e-5. */
  epsilon: z.number().positive().default(1e-3),
});

/** 1cycle. A sub-epoch is one pass over one fold. */
export const scheduleParams = z.strictObject({
  lengthRiseSubEpochs: z.int().positive().default(45),
  lengthFallSubEpochs: z.int().positive().default(90),
  learningRateStart: z.number().min(0).default(1e-4),
  learningRatePeak: z.number().positive().default(1e-2),
  learningRateEnd: z.number().min(0).default(0),
});

export const momentumParams = z.strictObject({ high: z.number().min(0).lt(1), low: z.number().min(0).lt(1) });

const cyclicParams = z.strictObject({
  learningRateHigh: z.number().positive(),
  learningRateLow: z.number().min(0),
  lengthCycleSubEpochs: z.int().positive(),
  /** Of the whole training, at most. */
  lengthSubEpochs: z.int().positive(),
});

/** The schedules that a training can follow. */
export const trainingScheduleParams = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('one-cycle'),
    ...scheduleParams.shape,
    /** Between which values Adam's beta1 is cycled against the learning rate; null keeps it fixed. */
    momentum: momentumParams.nullable(),
  }),
  z.strictObject({
    kind: z.literal('constant'),
    learningRate: z.number().positive(),
    lengthSubEpochs: z.int().positive(),
  }),
  z.strictObject({ kind: z.literal('cosine'), ...cyclicParams.shape }),
  z.strictObject({ kind: z.literal('triangular'), ...cyclicParams.shape }),
]);

export type TrainingScheduleParams = z.output<typeof trainingScheduleParams>;

/** The events of fold `fold` of the tensors that `higgs/fold-split` makes; views, not copies. */
export function foldOf(training: Tensors, fold: number): TrainingSet {
  const starts = training['foldStarts']!.data;
  const [start, end] = [starts[fold]!, starts[fold + 1]!];
  return {
    ...networkInputs(training, start, end),
    targets: (training['targets']!.data as Uint8Array).subarray(start, end),
    weights: (training['weights']!.data as Float32Array).subarray(start, end),
  };
}

export function foldCount(training: Tensors): number {
  return training['foldStarts']!.data.length - 1;
}

/** The data with every event turned and reflected at random. */
export function augmentedInputs(data: NetworkInputs, random: Random, into?: Float32Array): NetworkInputs {
  return { rows: data.rows, codes: data.codes, continuous: augmented(data.continuous, random, into) };
}

export interface TrainingCourse {
  readonly schedule: TrainingSchedule;
  /** The largest number of sub-epochs. */
  readonly subEpochs: number;
  /** In sub-epochs, if the schedule repeats. */
  readonly cycles: Cycles | undefined;
}

/** The course of a training on these folds. */
export function trainingCourse(
  params: TrainingScheduleParams,
  folds: readonly TrainingSet[],
  { batchSize, beta1 }: { readonly batchSize: number; readonly beta1: number },
): TrainingCourse {
  switch (params.kind) {
    case 'one-cycle':
      return {
        schedule: oneCycle(params, folds, batchSize, params.momentum ?? beta1),
        subEpochs: params.lengthRiseSubEpochs + params.lengthFallSubEpochs,
        cycles: undefined,
      };
    case 'constant': {
      const { learningRate, lengthSubEpochs: subEpochs } = params;
      return { schedule: constantSchedule({ learningRate, beta1 }), subEpochs, cycles: undefined };
    }
    case 'cosine':
    case 'triangular': {
      const { learningRateHigh: high, learningRateLow: low, lengthSubEpochs: subEpochs } = params;
      const cycles = { steps: params.lengthCycleSubEpochs };
      const cyclic = params.kind === 'cosine' ? cosineSchedule : triangularSchedule;
      return { schedule: inSubEpochs(cyclic({ high, low, cycles, beta1 })), subEpochs, cycles };
    }
  }
}

/**
 * The 1cycle schedule in steps. Folds may differ by one event and so by one batch, so a sub-epoch counts as many steps as
 * the folds have on average.
 * @param beta1 fixed, or cycled against the learning rate
 */
export function oneCycle(
  params: z.output<typeof scheduleParams>,
  folds: readonly TrainingSet[],
  batchSize: number,
  beta1: number | z.output<typeof momentumParams>,
): Schedule {
  const epochSteps = folds.reduce((steps, { rows }) => steps + Math.floor(rows / batchSize), 0);
  const steps = (subEpochs: number): number => Math.max(1, Math.round((subEpochs * epochSteps) / folds.length));
  return oneCycleSchedule({
    riseSteps: steps(params.lengthRiseSubEpochs),
    fallSteps: steps(params.lengthFallSubEpochs),
    learningRate: {
      start: params.learningRateStart,
      peak: params.learningRatePeak,
      end: params.learningRateEnd,
    },
    beta1,
  });
}
