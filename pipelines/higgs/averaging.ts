/**
 * The methods of averaging within one training: the study's alternatives to 1cycle, each as a course for
 * `higgs/train-fold`.
 *
 * `swa` keeps an average of the weights, `fge` and `sse` keep snapshots at the ends of cycles for the ensemble. Taking
 * them belongs to the training: an average decides when it stops, and weights that were not kept are gone. Which
 * snapshots count, and how much, does not belong to it: `higgs/select-snapshots` does that, so asking for more or fewer
 * trains nothing again.
 */
import { z } from 'zod';
import type { TrainingScheduleParams } from './training.ts';

/** The study's limit of 200 epochs, of 9 folds each. */
const maxSubEpochs = z.int().positive().default(1800);

/** A tick is a sub-epoch where the learning rate is constant, else a cycle. */
export const swaParams = z.strictObject({
  schedule: z.enum(['constant', 'cosine', 'triangular']).default('constant'),
  /** The constant one, or the high end of cycles. */
  learningRate: z.number().positive().default(2e-3),
  /** The low end of cycles. */
  learningRateLow: z.number().min(0).default(2e-4),
  lengthCycleSubEpochs: z.int().positive().default(5),
  /** Ticks before the average begins. Not given: 5 sub-epochs, or 2 cycles. */
  startTicks: z.int().min(0).optional(),
  /** Ticks from one average to the next that may replace it. Not given: as startTicks. */
  renewalTicks: z.int().positive().optional(),
  /** Ticks without a new best after which the training stops. Not given: 50 sub-epochs, or 10 cycles. */
  patienceTicks: z.int().positive().optional(),
  maxSubEpochs,
});

interface SnapshotDefaults {
  readonly learningRateLow: number;
  readonly lengthCycleSubEpochs: number;
  readonly patienceCycles: number;
  readonly snapshots: number;
  readonly weightPower: number;
}

/** Cycles of a learning rate, and which snapshots of their ends join the best network. */
function snapshotParams(defaults: SnapshotDefaults) {
  return z
    .strictObject({
      learningRateHigh: z.number().positive().default(2e-3),
      learningRateLow: z.number().min(0).default(defaults.learningRateLow),
      lengthCycleSubEpochs: z.int().positive().default(defaults.lengthCycleSubEpochs),
      /** Ends of cycles without a new best after which the training stops. */
      patienceCycles: z.int().positive().default(defaults.patienceCycles),
      maxSubEpochs,
      /** Snapshots a network that join the ensemble. */
      snapshots: z.int().min(0).default(defaults.snapshots),
      /** The j-th newest snapshot, from 0, counts (j + 2) to this power where the best network counts 1. */
      weightPower: z.number().default(defaults.weightPower),
      /** Snapshots a network that the training hands on to choose from. */
      keepSnapshots: z.int().positive().default(24),
    })
    .refine(({ snapshots, keepSnapshots }) => snapshots <= keepSnapshots, {
      error:
        'snapshots is more than keepSnapshots, how many the training keeps; set keepSnapshots as high (and train again)',
    });
}

/** Fast geometric ensembles (Garipov et al., arXiv:1802.10026), as the study ran them: triangles of 5 sub-epochs, 8 snapshots that count alike. */
export const fgeParams = snapshotParams({
  learningRateLow: 2e-4,
  lengthCycleSubEpochs: 5,
  patienceCycles: 10,
  snapshots: 8,
  weightPower: 0,
});

/**
 * Snapshot ensembles (Huang et al., arXiv:1704.00109), as the study ran them: cosines of 50 sub-epochs to 0, 4
 * snapshots, of which older ones count less.
 */
export const sseParams = snapshotParams({
  learningRateLow: 0,
  lengthCycleSubEpochs: 50,
  patienceCycles: 3,
  snapshots: 4,
  weightPower: -1,
});

/** What a training does about averages, and when it stops. */
export const averagingPlan = z.discriminatedUnion('method', [
  /** Nothing: it ends with its schedule. */
  z.strictObject({ method: z.literal('none') }),
  z.strictObject({
    method: z.literal('swa'),
    startTicks: z.int().min(0),
    renewalTicks: z.int().positive(),
    patienceTicks: z.int().positive(),
  }),
  z.strictObject({
    method: z.literal('snapshots'),
    patienceCycles: z.int().positive(),
    keepSnapshots: z.int().positive(),
  }),
]);

/** How one training goes: the parameters of `higgs/train-fold` that a method of averaging decides. */
export interface TrainingPlan {
  readonly schedule: TrainingScheduleParams;
  readonly averaging: AveragingPlan;
}

export type AveragingPlan = z.output<typeof averagingPlan>;

/** The course of the training if it does not follow 1cycle. */
export function swaPlan(swa: z.output<typeof swaParams>): TrainingPlan {
  const { schedule, learningRate, learningRateLow, lengthCycleSubEpochs, maxSubEpochs: lengthSubEpochs } = swa;
  const constant = schedule === 'constant';
  const { startTicks = constant ? 5 : 2, renewalTicks = constant ? 5 : 2, patienceTicks = constant ? 50 : 10 } = swa;
  return {
    schedule: constant
      ? { kind: 'constant', learningRate, lengthSubEpochs }
      : { kind: schedule, learningRateHigh: learningRate, learningRateLow, lengthCycleSubEpochs, lengthSubEpochs },
    averaging: { method: 'swa', startTicks, renewalTicks, patienceTicks },
  };
}

export function snapshotPlan(
  kind: 'cosine' | 'triangular',
  { maxSubEpochs: lengthSubEpochs, patienceCycles, keepSnapshots, ...given }: z.output<typeof fgeParams>,
): TrainingPlan {
  const { learningRateHigh, learningRateLow, lengthCycleSubEpochs } = given;
  return {
    schedule: { kind, learningRateHigh, learningRateLow, lengthCycleSubEpochs, lengthSubEpochs },
    averaging: { method: 'snapshots', patienceCycles, keepSnapshots },
  };
}
