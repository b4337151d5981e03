/**
 * Training one network of the ensemble: which folds, which schedule, how augmented (LUMIN 0.5.1,
 * nn/training/fold_train.py).
 */
import { DataError, type Random, type Tensors } from 'restage';
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
import { augmented, type Frame } from '../data/augmentation.ts';
import { networkInputs } from '../data/inputs.ts';

export const optimiserParams = z.strictObject({
  batchSize: z.int().positive().default(256),
  /** Adam's, fixed unless `cycleMomentum`. */
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  /** With weights of mean 1; equal to the study's 1e-8 with its weights of mean 1e-5. */
  epsilon: z.number().positive().default(1e-3),
});

/** 1cycle. A sub-epoch is one pass over one fold; a length in optimiser steps, where given, counts instead. */
export const scheduleParams = z.strictObject({
  lengthRiseSubEpochs: z.int().positive().default(45),
  lengthFallSubEpochs: z.int().positive().default(90),
  lengthRiseSteps: z.int().positive().optional(),
  lengthFallSteps: z.int().positive().optional(),
  learningRateStart: z.number().min(0).default(1e-4),
  learningRatePeak: z.number().positive().default(1e-2),
  learningRateEnd: z.number().min(0).default(0),
});

export const momentumParams = z.strictObject({ high: z.number().min(0).lt(1), low: z.number().min(0).lt(1) });

/**
 * Of the whole training, at most, by whichever is reached first; after a number of steps the sub-epoch is completed.
 */
const lengthParams = { lengthSubEpochs: z.int().positive().optional(), lengthSteps: z.int().positive().optional() };

const cyclicParams = z.strictObject({
  learningRateHigh: z.number().positive(),
  learningRateLow: z.number().min(0),
  lengthCycleSubEpochs: z.int().positive(),
  /** How many times as long each cycle is as the one before. */
  cycleMultiplier: z.int().positive().default(1),
  ...lengthParams,
});

/** The schedules that a training can follow. */
export const trainingScheduleParams = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('one-cycle'),
    ...scheduleParams.shape,
    /** Between which values Adam's beta1 is cycled against the learning rate; null keeps it fixed. */
    momentum: momentumParams.nullable(),
  }),
  z.strictObject({ kind: z.literal('constant'), learningRate: z.number().positive(), ...lengthParams }),
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

/** The data with every event turned and reflected at random, in this frame. */
export function augmentedInputs(data: NetworkInputs, random: Random, frame: Frame, into?: Float32Array): NetworkInputs {
  return { rows: data.rows, codes: data.codes, continuous: augmented(data.continuous, random, into, frame) };
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
  const subEpochSteps = meanSteps(folds, batchSize);
  switch (params.kind) {
    case 'one-cycle': {
      const { rise, fall, subEpochs } = oneCycleLengths(params, subEpochSteps);
      return { schedule: oneCycle(params, { rise, fall }, params.momentum ?? beta1), subEpochs, cycles: undefined };
    }
    case 'constant': {
      const { learningRate } = params;
      const subEpochs = mostSubEpochs(params, subEpochSteps);
      return { schedule: constantSchedule({ learningRate, beta1 }), subEpochs, cycles: undefined };
    }
    case 'cosine':
    case 'triangular': {
      const { learningRateHigh: high, learningRateLow: low, cycleMultiplier: multiplier } = params;
      const cycles = { steps: params.lengthCycleSubEpochs, multiplier };
      const most = mostSubEpochs(params, subEpochSteps);
      if (params.lengthCycleSubEpochs > most)
        throw new DataError(
          `A cycle of ${params.lengthCycleSubEpochs} sub-epochs (schedule.lengthCycleSubEpochs) does not end in a training of ${most}, which is what schedule.maxSteps comes to here; make it shorter, or the training longer.`,
        );
      const cyclic = params.kind === 'cosine' ? cosineSchedule : triangularSchedule;
      return {
        schedule: inSubEpochs(cyclic({ high, low, cycles, beta1 })),
        subEpochs: most,
        cycles,
      };
    }
  }
}

/**
 * Folds may differ by one event and so by one batch, so a sub-epoch counts as many steps as the folds have on average.
 */
function meanSteps(folds: readonly { readonly rows: number }[], batchSize: number): number {
  return folds.reduce((steps, { rows }) => steps + Math.floor(rows / batchSize), 0) / folds.length;
}

function mostSubEpochs(
  {
    lengthSubEpochs,
    lengthSteps,
  }: { readonly lengthSubEpochs?: number | undefined; readonly lengthSteps?: number | undefined },
  subEpochSteps: number,
): number {
  const lengths = [lengthSubEpochs, lengthSteps === undefined ? undefined : Math.ceil(lengthSteps / subEpochSteps)];
  const given = lengths.filter((length) => length !== undefined);
  if (given.length === 0) throw new RangeError('A training needs a length, in sub-epochs or in steps.');
  return Math.min(...given);
}

export interface OneCycleLengths {
  /** In optimiser steps. */
  readonly rise: number;
  readonly fall: number;
}

/** The lengths of 1cycle; with lengths in steps, the last sub-epoch is completed at the end's learning rate. */
export function oneCycleLengths(
  params: z.output<typeof scheduleParams>,
  subEpochSteps: number,
): OneCycleLengths & { readonly subEpochs: number } {
  const { lengthRiseSubEpochs, lengthFallSubEpochs, lengthRiseSteps, lengthFallSteps } = params;
  const steps = (subEpochs: number): number => Math.max(1, Math.round(subEpochs * subEpochSteps));
  const rise = lengthRiseSteps ?? steps(lengthRiseSubEpochs);
  const fall = lengthFallSteps ?? steps(lengthFallSubEpochs);
  const bySubEpochs = lengthRiseSteps === undefined && lengthFallSteps === undefined;
  return {
    rise,
    fall,
    subEpochs: bySubEpochs ? lengthRiseSubEpochs + lengthFallSubEpochs : Math.ceil((rise + fall) / subEpochSteps),
  };
}

/** @param beta1 fixed, or cycled against the learning rate */
export function oneCycle(
  { learningRateStart: start, learningRatePeak: peak, learningRateEnd: end }: z.output<typeof scheduleParams>,
  { rise: riseSteps, fall: fallSteps }: OneCycleLengths,
  beta1: number | z.output<typeof momentumParams>,
): Schedule {
  return oneCycleSchedule({ riseSteps, fallSteps, learningRate: { start, peak, end }, beta1 });
}
