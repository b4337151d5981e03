import { describe, expect, test } from 'vitest';
import {
  constantSchedule,
  cosineSchedule,
  cycleAt,
  exponentialSchedule,
  oneCycleSchedule,
  type Schedule,
  triangularSchedule,
} from '../../../src/ml/training/schedules.ts';

const rates = (schedule: Schedule, ...steps: number[]): number[] => steps.map((step) => schedule(step).learningRate);

describe('the constant schedule', () => {
  test('never changes, with a beta1 of 0.9 if none is given', () => {
    expect(constantSchedule({ learningRate: 2e-3 })(12345)).toEqual({ learningRate: 2e-3, beta1: 0.9 });
  });
});

describe('the 1cycle schedule', () => {
  // The HiggsML study's: 45 + 90 sub-epochs of 78 steps (LUMIN 0.5.1, notebook 13).
  const options = { riseSteps: 3510, fallSteps: 7020, learningRate: { start: 1e-4, peak: 1e-2, end: 0 } };

  test('rises from the start to the peak and falls to the end, along cosines', () => {
    const schedule = oneCycleSchedule({ ...options, beta1: 0.9 });
    const [first, half, peak, down, last, after] = rates(schedule, 0, 1755, 3510, 7020, 10529, 20000);
    expect(first).toBeCloseTo(1e-4, 15);
    expect(half).toBeCloseTo((1e-4 + 1e-2) / 2, 15);
    expect(peak).toBeCloseTo(1e-2, 15);
    expect(down).toBeCloseTo(5e-3, 15);
    // 1e-2 (1 + cos(pi 7019/7020)) / 2 = 5.007e-10
    expect(last! / 5.007e-10).toBeCloseTo(1, 3);
    expect(after).toBe(0);
  });

  test('moves beta1 against the learning rate, or not at all', () => {
    const cycled = oneCycleSchedule({ ...options, beta1: { high: 0.95, low: 0.85 } });
    const betas = [0, 1755, 3510, 7020, 10530].map((step) => cycled(step).beta1);
    expect(betas.map((beta) => Number(beta.toFixed(12)))).toEqual([0.95, 0.9, 0.85, 0.9, 0.95]);
    const fixed = oneCycleSchedule({ ...options, beta1: 0.9 });
    for (const step of [0, 1000, 3510, 9999]) expect(fixed(step).beta1).toBeCloseTo(0.9, 15);
  });
});

describe('the 1cycle schedule along lines', () => {
  test('has the learning rates and momenta of PyTorch', () => {
    const schedule = oneCycleSchedule({
      riseSteps: 10,
      fallSteps: 20,
      learningRate: { start: 1e-4, peak: 1e-2, end: 5e-6 },
      beta1: { high: 0.95, low: 0.85 },
      interpolation: 'linear',
    });
    // torch.optim.lr_scheduler.OneCycleLR of PyTorch 1.13 with total_steps=31, pct_start=11/31,
    // anneal_strategy='linear'.
    const expected = [
      [0, 0.0001, 0.95],
      [1, 0.00109, 0.94],
      [5, 0.00505, 0.9],
      [10, 0.01, 0.85],
      [11, 0.00950025, 0.855],
      [20, 0.0050025, 0.9],
      [29, 0.00050475, 0.945],
      [30, 5e-6, 0.95],
    ] as const;
    for (const [step, learningRate, beta1] of expected) {
      expect(schedule(step).learningRate).toBeCloseTo(learningRate, 15);
      expect(schedule(step).beta1).toBeCloseTo(beta1, 13);
    }
    expect(schedule(31)).toEqual(schedule(30));
    expect(schedule.lasts).toBe(30);
  });
});

describe('the cosine schedule', () => {
  // The study's SGDR: 2e-3 to 0, first cycle one sub-epoch of 78 steps, each twice as long as the last.
  const cycles = { steps: 78, multiplier: 2 };

  test('restarts at sub-epochs 1, 3, 7, 15, 31, 63, 127 and 255', () => {
    const starts: number[] = [];
    for (let subEpoch = 1; subEpoch <= 270; subEpoch++)
      if (cycleAt(cycles, subEpoch * 78).position === 0) starts.push(subEpoch);
    expect(starts).toEqual([1, 3, 7, 15, 31, 63, 127, 255]);
  });

  test('falls from high to low within a cycle and is high again after it', () => {
    const schedule = cosineSchedule({ high: 2e-3, low: 0, cycles });
    const [start, half, end, again, halfOfSecond] = rates(schedule, 0, 39, 77, 78, 156);
    expect(start).toBe(2e-3);
    expect(half).toBeCloseTo(1e-3, 15);
    expect(end).toBeCloseTo(1e-3 * (1 + Math.cos((Math.PI * 77) / 78)), 15);
    expect(again).toBe(2e-3);
    expect(halfOfSecond).toBeCloseTo(1e-3, 15);
  });
});

describe('the triangular schedule', () => {
  test('is low at the ends of a cycle and high in its middle', () => {
    // The study's FGE: 2e-4 to 2e-3 and back in five sub-epochs.
    const schedule = triangularSchedule({ high: 2e-3, low: 2e-4, cycles: { steps: 390 } });
    const [start, quarter, middle, threeQuarters, again] = rates(schedule, 0, 97.5, 195, 292.5, 390);
    expect(start).toBe(2e-4);
    expect(quarter).toBeCloseTo(1.1e-3, 15);
    expect(middle).toBeCloseTo(2e-3, 15);
    expect(threeQuarters).toBeCloseTo(1.1e-3, 15);
    expect(again).toBe(2e-4);
  });
});

describe('the exponential schedule', () => {
  test('multiplies the learning rate by the same factor at each step', () => {
    // The study's range test: 1e-5 to 10 in 78 steps, a factor of 1.194.
    const schedule = exponentialSchedule({ low: 1e-5, high: 10, steps: 78 });
    const [first, second, end] = rates(schedule, 0, 1, 78);
    expect(first).toBe(1e-5);
    expect(second! / first!).toBeCloseTo(1.194, 3);
    expect(end).toBeCloseTo(10, 12);
  });
});

describe('a schedule', () => {
  test('of no steps is refused', () => {
    expect(() => cycleAt({ steps: 0 }, 1)).toThrow(RangeError);
    expect(() => cycleAt({ steps: 10, multiplier: 1.5 }, 1)).toThrow(RangeError);
    expect(() => exponentialSchedule({ low: 0, high: 1, steps: 10 })).toThrow(RangeError);
    expect(() =>
      oneCycleSchedule({ riseSteps: 0, fallSteps: 1, learningRate: { start: 0, peak: 1, end: 0 }, beta1: 0.9 }),
    ).toThrow(/a whole number of at least 1, not 0/);
  });
});
