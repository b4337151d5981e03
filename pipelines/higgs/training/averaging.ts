/**
 * The methods of averaging within one training, whatever schedule it follows. `swa` keeps an average of the weights;
 * `fge` and `sse` keep snapshots at the ends of cycles for the ensemble, and differ in which of them count, and how
 * much.
 *
 * Taking them belongs to the training: an average decides when it stops, and weights that were not kept are gone. Which
 * snapshots count does not belong to it: `higgs/select-snapshots` does that, so asking for more or fewer trains nothing
 * again.
 */
import { z } from 'zod';

export const averagingParam = z.enum(['none', 'swa', 'fge', 'sse']);

/** A tick is the end of a cycle where the schedule has cycles, else a sub-epoch. */
export const swaParams = z.strictObject({
  /** Ticks before the average begins. Not given: 5 sub-epochs, or 2 cycles. */
  startTicks: z.int().min(0).optional(),
  /** Ticks from one average to the next that may replace it. Not given: 5 sub-epochs, or 2 cycles. */
  renewalTicks: z.int().positive().optional(),
});

/** Which snapshots of the ends of cycles join the best network. */
function snapshotParams(defaults: { readonly snapshots: number; readonly weightPower: number }) {
  return z
    .strictObject({
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

/** Fast geometric ensembles (Garipov et al., arXiv:1802.10026): 8 snapshots that count alike. */
export const fgeParams = snapshotParams({ snapshots: 8, weightPower: 0 });

/** Snapshot ensembles (Huang et al., arXiv:1704.00109): 4 snapshots, of which older ones count less. */
export const sseParams = snapshotParams({ snapshots: 4, weightPower: -1 });

/** What a training does about averages. */
export const averagingPlan = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('none') }),
  z.strictObject({ method: z.literal('swa'), startTicks: z.int().min(0), renewalTicks: z.int().positive() }),
  z.strictObject({ method: z.literal('snapshots'), keepSnapshots: z.int().positive() }),
]);

export type AveragingPlan = z.output<typeof averagingPlan>;

/**
 * When a training gives up: after so many optimiser steps, sub-epochs, epochs (all folds once) or ends of cycles
 * without a validation loss that is lower by `leastImprovement` (not given: as low is enough); null: never.
 */
export const patiencePlan = z
  .strictObject({
    unit: z.enum(['steps', 'sub-epochs', 'epochs', 'cycles']),
    count: z.int().positive(),
    leastImprovement: z.number().positive().optional(),
  })
  .nullable();

export type PatiencePlan = z.output<typeof patiencePlan>;
