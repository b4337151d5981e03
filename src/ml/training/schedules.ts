/** Schedules: the learning rate and Adam's beta1 as pure functions of the optimiser step, counted from 0. */

import { pow } from '../../core/numeric/elementary.ts';
import { cos } from '../../core/numeric/trigonometry.ts';

/** The settings of an optimiser step. */
export interface StepSettings {
  readonly learningRate: number;
  /** Adam's decay rate of the first moment, its "momentum". */
  readonly beta1: number;
}

export interface Schedule {
  (step: number): StepSettings;
  /** Steps to its end, or to that of its first cycle; undefined if it has none. A training must last as long. */
  readonly lasts?: number;
}

/**
 * `train` calls it for each step, with the number of the step in the whole training, and with the time in sub-epochs,
 * whose fraction is the part of the sub-epoch's steps already taken (2.5: halfway through the third). A `Schedule` is
 * one.
 */
export interface TrainingSchedule {
  (step: number, subEpochs: number): StepSettings;
  readonly lasts?: number;
  /** Of `lasts`; default: steps. */
  readonly unit?: 'steps' | 'sub-epochs';
}

/**
 * A schedule whose unit is the sub-epoch, not the step: its cycles end exactly where sub-epochs do, even if folds
 * differ in their number of batches. With folds of equal size it is the same as one by steps.
 */
export function inSubEpochs(schedule: Schedule): TrainingSchedule {
  const { lasts } = schedule;
  const inTime = (_: number, subEpochs: number): StepSettings => schedule(subEpochs);
  return Object.assign(inTime, { unit: 'sub-epochs' as const, ...(lasts !== undefined && { lasts }) });
}

/**
 * Cycles of a number of steps (or of sub-epochs, see `inSubEpochs`), each `multiplier` times as long as the one before.
 */
export interface Cycles {
  readonly steps: number;
  /** A whole number; default 1. */
  readonly multiplier?: number;
}

/** The place of a step in its cycle: 0 <= position < length. */
export interface CyclePosition {
  /** The cycle's number, from 0. */
  readonly cycle: number;
  readonly position: number;
  /** The steps of this cycle. */
  readonly length: number;
}

/**
 * The cycle that a step falls in. `cycleAt(cycles, steps).position === 0` says that a cycle ended after `steps` steps.
 *
 * @throws RangeError unless steps and multiplier are whole numbers of at least 1.
 */
export function cycleAt({ steps, multiplier = 1 }: Cycles, step: number): CyclePosition {
  checkSteps(steps);
  if (!Number.isSafeInteger(multiplier) || multiplier < 1)
    throw new RangeError(`A cycle's multiplier must be a whole number of at least 1, not ${multiplier}.`);
  if (multiplier === 1) return { cycle: Math.floor(step / steps), position: step % steps, length: steps };
  let cycle = 0;
  let start = 0;
  let length = steps;
  while (step >= start + length) {
    start += length;
    length *= multiplier;
    cycle++;
  }
  return { cycle, position: step - start, length };
}

/** The same settings at every step. */
export function constantSchedule({ learningRate, beta1 = 0.9 }: { learningRate: number; beta1?: number }): Schedule {
  return () => ({ learningRate, beta1 });
}

export interface CyclicOptions {
  readonly high: number;
  readonly low: number;
  readonly cycles: Cycles;
  readonly beta1?: number;
}

/**
 * Cosine annealing with warm restarts, SGDR (Loshchilov and Hutter, arXiv:1608.03983, eq. 5):
 * low + (high - low) (1 + cos(pi i / N)) / 2 at step i of a cycle of N.
 */
export function cosineSchedule({ high, low, cycles, beta1 = 0.9 }: CyclicOptions): Schedule {
  return lasting(cycles.steps, (step) => {
    const { position, length } = cycleAt(cycles, step);
    return { learningRate: cosine(high, low, position / length), beta1 };
  });
}

/**
 * Linearly from low to high and back within each cycle (Smith, arXiv:1506.01186, section 3.1):
 * low + (high - low) (1 - |2 i / N - 1|) at step i of a cycle of N.
 */
export function triangularSchedule({ high, low, cycles, beta1 = 0.9 }: CyclicOptions): Schedule {
  return lasting(cycles.steps, (step) => {
    const { position, length } = cycleAt(cycles, step);
    return { learningRate: low + (high - low) * (1 - Math.abs((2 * position) / length - 1)), beta1 };
  });
}

export interface OneCycleOptions {
  readonly riseSteps: number;
  readonly fallSteps: number;
  readonly learningRate: { readonly start: number; readonly peak: number; readonly end: number };
  /** From high to low while the learning rate rises and back while it falls; or one number, for no cycle at all. */
  readonly beta1: number | { readonly high: number; readonly low: number };
  /** Along half a cosine (the default), or along a line. */
  readonly interpolation?: 'cosine' | 'linear';
}

/**
 * 1cycle (Smith, arXiv:1803.09820, section 4.4): the learning rate from start to peak in `riseSteps`, then to the end
 * in `fallSteps`; beta1 the other way round. Later steps stay at the end.
 */
export function oneCycleSchedule(options: OneCycleOptions): Schedule {
  const { riseSteps, fallSteps, learningRate, beta1, interpolation = 'cosine' } = options;
  const between = interpolation === 'linear' ? linear : cosine;
  checkSteps(riseSteps);
  checkSteps(fallSteps);
  const momentum = typeof beta1 === 'number' ? { high: beta1, low: beta1 } : beta1;
  return lasting(riseSteps + fallSteps, (step) => {
    if (step < riseSteps) {
      const part = step / riseSteps;
      return {
        learningRate: between(learningRate.start, learningRate.peak, part),
        beta1: between(momentum.high, momentum.low, part),
      };
    }
    const part = Math.min(1, (step - riseSteps) / fallSteps);
    return {
      learningRate: between(learningRate.peak, learningRate.end, part),
      beta1: between(momentum.low, momentum.high, part),
    };
  });
}

export interface ExponentialOptions {
  readonly low: number;
  readonly high: number;
  /** The learning rate would be `high` at this step. */
  readonly steps: number;
  readonly beta1?: number;
}

/** low (high / low)^(i / steps) at step i: the sweep of a learning-rate range test. */
export function exponentialSchedule({ low, high, steps, beta1 = 0.9 }: ExponentialOptions): Schedule {
  checkSteps(steps);
  if (!(low > 0 && high > 0))
    throw new RangeError(`An exponential schedule needs learning rates above 0, not ${low} to ${high}.`);
  return lasting(steps, (step) => ({ learningRate: low * pow(high / low, step / steps), beta1 }));
}

/** From `from` at part 0 to `to` at part 1, along half a cosine. */
function cosine(from: number, to: number, part: number): number {
  return to + ((from - to) * (1 + cos(Math.PI * part))) / 2;
}

/** From `from` at part 0 to `to` at part 1, along a line. */
function linear(from: number, to: number, part: number): number {
  return from + (to - from) * part;
}

function lasting(lasts: number, schedule: (step: number) => StepSettings): Schedule {
  return Object.assign(schedule, { lasts });
}

function checkSteps(steps: number): void {
  if (!Number.isSafeInteger(steps) || steps < 1)
    throw new RangeError(`A schedule's number of steps must be a whole number of at least 1, not ${steps}.`);
}
