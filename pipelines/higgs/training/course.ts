/**
 * The course of one training: a schedule, a patience and a method of averaging, three choices that do not depend on
 * each other. What is not given is what the study used with that averaging and that schedule (HiggsML_Lumin, notebooks
 * 2 to 13); its networks differed too, and are in `study.ts`.
 */
import { DefinitionError } from 'restage';
import { cycleAt } from 'restage/ml';
import { z } from 'zod';
import type { AveragingPlan, averagingParam, fgeParams, PatiencePlan, swaParams } from './averaging.ts';
import type { momentumParams, scheduleParams, TrainingScheduleParams } from './training.ts';

export const courseParams = z.strictObject({
  /** Not given: one-cycle without averaging, constant with swa, triangular with fge, cosine with sse. */
  kind: z.enum(['one-cycle', 'constant', 'cosine', 'triangular']).optional(),
  /** The constant one, or the high end of cycles. That of 1cycle is train.learningRatePeak. */
  learningRate: z.number().positive().default(2e-3),
  /** The low end of cycles. Not given: 0 for cosines without averaging or with sse, else 2e-4. */
  learningRateLow: z.number().min(0).optional(),
  /** Not given: 1 for cosines without averaging, 50 with sse, else 5. */
  lengthCycleSubEpochs: z.int().positive().optional(),
  /** How many times as long each cycle is as the one before. Not given: 2 for cosines without averaging, else 1. */
  cycleMultiplier: z.int().positive().optional(),
  /** Of the whole training. Not given: 270 for cosines without averaging, else 1,800. 1cycle has lengths of its own. */
  maxSubEpochs: z.int().positive().optional(),
  /** The same in optimiser steps; where it is given alone, there is no limit in sub-epochs. */
  maxSteps: z.int().positive().optional(),
});

export const patienceParams = z
  .strictObject({
    /** Not given: 50 with a constant learning rate, no end with 1cycle. */
    subEpochs: z.int().positive().optional(),
    /** Ends of cycles. Not given: 2 for cosines without averaging, 3 with sse, else 10. */
    cycles: z.int().positive().optional(),
    /** Passes over all folds of a training. */
    epochs: z.int().positive().optional(),
    /** Optimiser steps; asked after sub-epochs only. */
    steps: z.int().positive().optional(),
    /** By how much a validation loss must be lower than the last that was; not given: as low is enough. */
    leastImprovement: z.number().positive().optional(),
  })
  .refine(({ subEpochs, cycles, epochs, steps }) => [subEpochs, cycles, epochs, steps].filter(Boolean).length <= 1, {
    error: 'give one of subEpochs, cycles, epochs and steps, not several',
  });

/** The parameters of `higgs/train-fold` about its course. */
export interface TrainingPlan {
  readonly schedule: TrainingScheduleParams;
  readonly patience: PatiencePlan;
  readonly averaging: AveragingPlan;
}

export interface CourseChoice {
  readonly averaging: z.output<typeof averagingParam>;
  readonly schedule: z.output<typeof courseParams>;
  readonly patience: z.output<typeof patienceParams>;
  readonly oneCycle: z.output<typeof scheduleParams> & { readonly momentum: z.output<typeof momentumParams> | null };
  readonly swa: z.output<typeof swaParams>;
  readonly fge: z.output<typeof fgeParams>;
  readonly sse: z.output<typeof fgeParams>;
}

type ScheduleKind = TrainingScheduleParams['kind'];

const STUDY_KINDS = { none: 'one-cycle', swa: 'constant', fge: 'triangular', sse: 'cosine' } as const;

/** Cycles of the study: SGDR, snapshot ensembles, and what all others ran on. */
const SGDR = { low: 0, cycle: 1, multiplier: 2, subEpochs: 270, patience: 2 };
const SNAPSHOTS = { low: 0, cycle: 50, multiplier: 1, subEpochs: 1800, patience: 3 };
const SHORT = { low: 2e-4, cycle: 5, multiplier: 1, subEpochs: 1800, patience: 10 };

/** @throws DefinitionError if the choices do not go together */
export function trainingPlan(choice: CourseChoice): TrainingPlan {
  const { averaging, schedule, patience } = choice;
  const kind = schedule.kind ?? STUDY_KINDS[averaging];
  const cyclic = kind === 'cosine' || kind === 'triangular';
  if (!cyclic && (averaging === 'fge' || averaging === 'sse'))
    throw new DefinitionError(
      `averaging=${averaging} takes snapshots at the ends of cycles, and schedule.kind=${kind} has none; choose cosine or triangular.`,
    );
  if (!cyclic && patience.cycles !== undefined)
    throw new DefinitionError(
      `patience.cycles counts cycles, and schedule.kind=${kind} has none; give patience.subEpochs.`,
    );
  const usual = averaging === 'sse' ? SNAPSHOTS : averaging === 'none' && kind === 'cosine' ? SGDR : SHORT;
  const course = scheduleOf(kind, choice, usual);
  const plan = averagingOf(choice, cyclic);
  if (plan.method === 'swa') checkAverageBegins(plan.startTicks, course);
  return { schedule: course, patience: patienceOf(kind, patience, usual.patience), averaging: plan };
}

/**
 * @throws DefinitionError for an average that begins after the training; of a length in steps only the training knows
 */
function checkAverageBegins(startTicks: number, course: TrainingScheduleParams): void {
  const most =
    course.kind === 'one-cycle'
      ? course.lengthRiseSteps === undefined && course.lengthFallSteps === undefined
        ? course.lengthRiseSubEpochs + course.lengthFallSubEpochs
        : undefined
      : course.lengthSubEpochs;
  if (most === undefined) return;
  const cycles = 'lengthCycleSubEpochs' in course;
  const ticks = cycles
    ? cycleAt({ steps: course.lengthCycleSubEpochs, multiplier: course.cycleMultiplier }, most).cycle
    : most;
  if (startTicks < ticks) return;
  const unit = cycles ? 'cycles' : 'sub-epochs';
  throw new DefinitionError(
    `averaging=swa begins after ${startTicks} ${unit} (swa.startTicks), and the training has ${ticks} at most; begin earlier, or train longer.`,
  );
}

function scheduleOf(
  kind: ScheduleKind,
  { schedule, oneCycle }: CourseChoice,
  usual: typeof SHORT,
): TrainingScheduleParams {
  if (kind === 'one-cycle') return { kind, ...oneCycle };
  const { learningRate, maxSteps } = schedule;
  const maxSubEpochs = schedule.maxSubEpochs ?? (maxSteps === undefined ? usual.subEpochs : undefined);
  const length = {
    ...(maxSubEpochs !== undefined && { lengthSubEpochs: maxSubEpochs }),
    ...(maxSteps !== undefined && { lengthSteps: maxSteps }),
  };
  if (kind === 'constant') return { kind, learningRate, ...length };
  const lengthCycleSubEpochs = schedule.lengthCycleSubEpochs ?? usual.cycle;
  if (maxSubEpochs !== undefined && lengthCycleSubEpochs > maxSubEpochs)
    throw new DefinitionError(
      `A cycle of ${lengthCycleSubEpochs} sub-epochs (schedule.lengthCycleSubEpochs) does not end in a training of ${maxSubEpochs} (schedule.maxSubEpochs); make it shorter, or the training longer.`,
    );
  const learningRateLow = schedule.learningRateLow ?? usual.low;
  if (learningRateLow > learningRate)
    throw new DefinitionError(
      `schedule.learningRateLow=${learningRateLow} is above schedule.learningRate=${learningRate}, the high end of cycles.`,
    );
  return {
    kind,
    learningRateHigh: learningRate,
    learningRateLow,
    lengthCycleSubEpochs,
    cycleMultiplier: schedule.cycleMultiplier ?? usual.multiplier,
    ...length,
  };
}

function patienceOf(
  kind: ScheduleKind,
  { subEpochs, cycles, epochs, steps, leastImprovement }: CourseChoice['patience'],
  usualCycles: number,
): PatiencePlan {
  const given = { 'sub-epochs': subEpochs, cycles, epochs, steps };
  const least = leastImprovement === undefined ? {} : { leastImprovement };
  for (const unit of ['sub-epochs', 'cycles', 'epochs', 'steps'] as const) {
    const count = given[unit];
    if (count !== undefined) return { unit, count, ...least };
  }
  switch (kind) {
    case 'one-cycle':
      if (leastImprovement !== undefined)
        throw new DefinitionError(
          'patience.leastImprovement says what counts as an improvement, and a training on 1cycle has no patience; give patience.subEpochs too, or leave it out.',
        );
      return null;
    case 'constant':
      return { unit: 'sub-epochs', count: 50, ...least };
    case 'cosine':
    case 'triangular':
      return { unit: 'cycles', count: usualCycles, ...least };
  }
}

function averagingOf({ averaging, swa, ...snapshots }: CourseChoice, cyclic: boolean): AveragingPlan {
  switch (averaging) {
    case 'none':
      return { method: 'none' };
    case 'swa': {
      const ticks = cyclic ? 2 : 5;
      return { method: 'swa', startTicks: swa.startTicks ?? ticks, renewalTicks: swa.renewalTicks ?? ticks };
    }
    case 'fge':
    case 'sse':
      return { method: 'snapshots', keepSnapshots: snapshots[averaging].keepSnapshots };
  }
}
