import { type Tensors, tensor } from 'restage';
import { parameterCount } from 'restage/ml';
import { describe, expect, test } from 'vitest';
import { CONTINUOUS } from '../../../pipelines/higgs/features.ts';
import { networkParams, networkSpec } from '../../../pipelines/higgs/network.ts';
import {
  augmentedInputs,
  foldCount,
  foldOf,
  momentumParams,
  oneCycle,
  scheduleParams,
} from '../../../pipelines/higgs/training.ts';
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

describe('the network', () => {
  test('has 23,113 parameters by default, and 33,813 as four plain layers of 100', () => {
    expect(parameterCount(networkSpec(networkParams.parse({})))).toBe(23_113);
    const plain = networkParams.parse({ depth: 4, width: 100, dense: false, activation: 'relu' });
    expect(parameterCount(networkSpec(plain))).toBe(33_813);
  });
});

describe('the schedule', () => {
  const folds = Array.from({ length: 9 }, (_, k) => ({ ...foldOf(foldTensors([1]), 0), rows: 19_995 + k }));
  const schedule = oneCycle(scheduleParams.parse({}), folds, 256, 0.9);

  test('rises for 45 sub-epochs of 78 steps and falls for 90, with the values of the study', () => {
    expect(schedule(0).learningRate).toBeCloseTo(1e-4, 12);
    expect(schedule(3510).learningRate).toBeCloseTo(1e-2, 12);
    expect(schedule(10_529).learningRate).toBeCloseTo((1e-2 * (1 + Math.cos((Math.PI * 7019) / 7020))) / 2, 14);
    expect(schedule(10_529).learningRate).toBeCloseTo(5e-10, 11);
    expect(schedule(10_530).learningRate).toBe(0);
  });

  test('keeps beta1 as it was run, and cycles it against the learning rate as it was described', () => {
    for (const step of [0, 1000, 3510, 10_529]) expect(schedule(step).beta1).toBe(0.9);
    const described = oneCycle(scheduleParams.parse({}), folds, 256, momentumParams.parse({ high: 0.95, low: 0.85 }));
    expect(described(0).beta1).toBeCloseTo(0.95, 12);
    expect(described(3510).beta1).toBeCloseTo(0.85, 12);
    expect(described(10_530).beta1).toBeCloseTo(0.95, 12);
  });

  test('counts steps by the mean over folds if folds have different numbers of batches', () => {
    const uneven = [512, 511].map((rows) => ({ ...folds[0]!, rows }));
    const short = scheduleParams.parse({ lengthRiseSubEpochs: 2, lengthFallSubEpochs: 2 });
    // 2 batches and 1: 3 steps in 2 sub-epochs.
    expect(oneCycle(short, uneven, 256, 0.9)(3).learningRate).toBeCloseTo(1e-2, 12);
    expect(oneCycle(short, uneven, 256, 0.9)(6).learningRate).toBe(0);
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
    const inputs = augmentedInputs(fold, streams(1)('augment'));
    expect(inputs.codes).toEqual(fold.codes);
    expect(inputs.continuous).not.toEqual(fold.continuous);
  });
});
