import { type Tensors, tensor } from 'restage';
import { parameterCount, type TrainingSet } from 'restage/ml';
import { describe, expect, test } from 'vitest';
import type { z } from 'zod';
import { CONTINUOUS, continuousFeatures, featureParams } from '../../../pipelines/higgs/data/features.ts';
import { networkParams, networkSpec } from '../../../pipelines/higgs/training/network.ts';
import {
  augmentedInputs,
  foldCount,
  foldOf,
  type TrainingCourse,
  trainingCourse,
  trainingScheduleParams,
} from '../../../pipelines/higgs/training/training.ts';
import { streams } from '../streams.ts';

/** Folds of so many events, input `i` of row `r` being 1000 r + i. */
function foldTensors(sizes: readonly number[]): Tensors {
  const starts = Uint32Array.of(0, ...sizes.map((_, k) => sizes.slice(0, k + 1).reduce((sum, n) => sum + n, 0)));
  const rows = starts.at(-1)!;
  const width = CONTINUOUS.length;
  return {
    continuous: tensor(
      [rows, width],
      Float32Array.from({ length: rows * width }, (_, i) => 1000 * Math.floor(i / width) + (i % width)),
    ),
    codes: tensor(
      [rows],
      Uint8Array.from({ length: rows }, (_, n) => n % 4),
    ),
    targets: tensor(
      [rows],
      Uint8Array.from({ length: rows }, (_, n) => n % 2),
    ),
    weights: tensor(
      [rows],
      Float32Array.from({ length: rows }, (_, n) => n),
    ),
    foldStarts: tensor([starts.length], starts),
  };
}

const plain = networkParams.parse({ depth: 4, width: 100, dense: false, activation: 'relu' });

describe('the network', () => {
  test('has 23,113 parameters by default, and 33,813 as four plain layers of 100', () => {
    expect(parameterCount(networkSpec(networkParams.parse({}), { continuous: 30, jets: true }))).toBe(23_113);
    expect(parameterCount(networkSpec(plain, { continuous: 30, jets: true }))).toBe(33_813);
  });

  test('has 33,601 parameters as four plain layers of 100 with jets as a number, and 33,713 on aligned events', () => {
    const layoutOf = (features: z.input<typeof featureParams>) => {
      const { jets, ...rest } = featureParams.parse(features);
      return { continuous: continuousFeatures({ jets, ...rest }).length, jets: jets === 'category' };
    };
    expect(parameterCount(networkSpec(plain, layoutOf({ jets: 'number' })))).toBe(33_601);
    expect(parameterCount(networkSpec(plain, layoutOf({ aligned: true })))).toBe(33_713);
  });
});

/** Folds of so many events, which only have a size. */
const foldsOf = (...sizes: readonly number[]): TrainingSet[] =>
  sizes.map((rows) => ({ ...foldOf(foldTensors([1]), 0), rows }));

function courseOf(params: object, folds: readonly TrainingSet[]): TrainingCourse {
  return trainingCourse(trainingScheduleParams.parse(params), folds, { batchSize: 256, beta1: 0.9 });
}

describe('the schedule', () => {
  const folds = foldsOf(...Array.from({ length: 9 }, (_, k) => 19_995 + k));
  const oneCycle = { kind: 'one-cycle', momentum: null };
  const { schedule, subEpochs } = courseOf(oneCycle, folds);

  test('rises for 45 sub-epochs of 78 steps and falls for 90, with the values of the study', () => {
    expect(subEpochs).toBe(135);
    expect(schedule(0, 0).learningRate).toBeCloseTo(1e-4, 12);
    expect(schedule(3510, 0).learningRate).toBeCloseTo(1e-2, 12);
    expect(schedule(10_529, 0).learningRate).toBeCloseTo((1e-2 * (1 + Math.cos((Math.PI * 7019) / 7020))) / 2, 14);
    expect(schedule(10_529, 0).learningRate).toBeCloseTo(5e-10, 11);
    expect(schedule(10_530, 0).learningRate).toBe(0);
  });

  test('keeps beta1 as it was run, and cycles it against the learning rate as it was described', () => {
    for (const step of [0, 1000, 3510, 10_529]) expect(schedule(step, 0).beta1).toBe(0.9);
    const described = courseOf({ ...oneCycle, momentum: { high: 0.95, low: 0.85 } }, folds).schedule;
    expect(described(0, 0).beta1).toBeCloseTo(0.95, 12);
    expect(described(3510, 0).beta1).toBeCloseTo(0.85, 12);
    expect(described(10_530, 0).beta1).toBeCloseTo(0.95, 12);
  });

  test('counts steps by the mean over folds if folds have different numbers of batches', () => {
    // 2 batches and 1: 3 steps in 2 sub-epochs.
    const short = courseOf({ ...oneCycle, lengthRiseSubEpochs: 2, lengthFallSubEpochs: 2 }, foldsOf(512, 511));
    expect(short.schedule(3, 0).learningRate).toBeCloseTo(1e-2, 12);
    expect(short.schedule(6, 0).learningRate).toBe(0);
  });

  test('takes as many steps on few events as on all of them, if its lengths are in steps', () => {
    const small = courseOf({ ...oneCycle, lengthRiseSteps: 3510, lengthFallSteps: 7020 }, foldsOf(1440, 1441));
    for (const step of [0, 1000, 3510, 9000, 10_529]) expect(small.schedule(step, 0)).toEqual(schedule(step, 0));
    // 5 steps a sub-epoch.
    expect(small.subEpochs).toBe(2106);
    expect(courseOf({ kind: 'constant', learningRate: 1, lengthSteps: 11 }, foldsOf(1440)).subEpochs).toBe(3);
    const both = { kind: 'constant', learningRate: 1, lengthSteps: 11, lengthSubEpochs: 2 };
    expect(courseOf(both, foldsOf(1440)).subEpochs).toBe(2);
  });

  test('refuses a cycle that does not end in as many steps, which would leave no snapshot', () => {
    const cosine = { kind: 'cosine', learningRateHigh: 2e-3, learningRateLow: 0, cycleMultiplier: 1 };
    const course = (lengthSteps: number) =>
      courseOf({ ...cosine, lengthCycleSubEpochs: 50, lengthSteps }, foldsOf(1440));
    expect(() => course(200)).toThrow(/A cycle of 50 sub-epochs .* a training of 40, .*schedule\.maxSteps/);
    expect(course(250).subEpochs).toBe(50);
  });

  test('restarts after 1, 3, 7, 15, 31, 63 and 127 sub-epochs with cycles that double', () => {
    const { schedule: cosine, cycles } = courseOf(
      {
        kind: 'cosine',
        learningRateHigh: 2e-3,
        learningRateLow: 0,
        lengthCycleSubEpochs: 1,
        cycleMultiplier: 2,
        lengthSubEpochs: 270,
      },
      folds,
    );
    const restarts = Array.from({ length: 270 }, (_, n) => n).filter((n) => cosine(0, n).learningRate === 2e-3);
    expect(restarts).toEqual([0, 1, 3, 7, 15, 31, 63, 127, 255]);
    expect(cycles).toEqual({ steps: 1, multiplier: 2 });
    // Halfway through a cycle of 64.
    expect(cosine(0, 63 + 32).learningRate).toBeCloseTo(1e-3, 12);
  });
});

describe('a fold', () => {
  test('is its rows of all tensors, without a copy', () => {
    const tensors = foldTensors([3, 2, 4]);
    expect(foldCount(tensors)).toBe(3);
    const fold = foldOf(tensors, 1);
    expect(fold.rows).toBe(2);
    expect(fold.continuous).toHaveLength(60);
    expect(fold.continuous[0]).toBe(3000);
    expect(fold.codes).toEqual(Uint8Array.of(3, 0));
    expect(fold.targets).toEqual(Uint8Array.of(1, 0));
    expect(fold.weights).toEqual(Float32Array.of(3, 4));
    expect(fold.continuous.buffer).toBe(tensors['continuous']!.data.buffer);
  });

  test('that is augmented keeps its categories', () => {
    const fold = foldOf(foldTensors([3, 2]), 0);
    const inputs = augmentedInputs(fold, streams(1)('augment'), { width: CONTINUOUS.length });
    expect(inputs.codes).toEqual(fold.codes);
    expect(inputs.continuous).not.toEqual(fold.continuous);
  });
});
