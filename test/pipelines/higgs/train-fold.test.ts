import { type Tensors, tensor } from 'restage';
import { describe, expect, test } from 'vitest';
import { CONTINUOUS } from '../../../pipelines/higgs/features.ts';
import { type TrainingReport, trainFold } from '../../../pipelines/higgs/stages/train-fold.ts';
import { runStage } from '../in-process.ts';
import { streams } from '../streams.ts';

const FOLD_ROWS = 64;
const PARAMS = {
  data: 'simulated',
  network: { depth: 2, width: 8 },
  optimiser: { batchSize: 32 },
  schedule: { lengthRiseSubEpochs: 3, lengthFallSubEpochs: 6 },
  momentum: null,
  augment: false,
};

/** Three folds in which the first input tells the classes apart; `weights` by fold. */
function threeFolds(weights: readonly [number, number, number]): Tensors {
  const random = streams(1)('folds');
  const rows = 3 * FOLD_ROWS;
  const targets = Uint8Array.from({ length: rows }, () => random.integer(2));
  const width = CONTINUOUS.length;
  const continuous = Float32Array.from({ length: rows * width }, () => random.normal());
  for (const [row, target] of targets.entries()) continuous[row * width] = 4 * target - 2;
  return {
    continuous: tensor([rows, width], continuous),
    codes: tensor([rows], new Uint8Array(rows)),
    targets: tensor([rows], targets),
    weights: tensor(
      [rows],
      Float32Array.from({ length: rows }, (_, row) => weights[Math.floor(row / FOLD_ROWS)]!),
    ),
    foldStarts: tensor([4], Uint32Array.of(0, FOLD_ROWS, 2 * FOLD_ROWS, rows)),
  };
}

async function history(fold: number, training: Tensors, params: object = PARAMS): Promise<readonly number[]> {
  const { outputs } = await runStage(trainFold, { params: { ...params, fold }, inputs: { training } });
  return (outputs['report'] as TrainingReport).history;
}

describe('a network of the ensemble', () => {
  test('learns from the other folds alone: where those weigh nothing, its loss does not move', async () => {
    const own = await history(1, threeFolds([0, 1, 0]));
    expect(own).toHaveLength(9);
    expect(new Set(own).size).toBe(1);
    const others = await history(1, threeFolds([1, 1, 1]));
    expect(others.at(-1)).toBeLessThan(0.7 * others[0]!);
  });

  test('is validated on events that are augmented once: the same ones after every sub-epoch', async () => {
    const params = { ...PARAMS, augment: true };
    const own = await history(1, threeFolds([0, 1, 0]), params);
    expect(new Set(own).size).toBe(1);
    expect(own[0]).not.toBe((await history(1, threeFolds([0, 1, 0])))[0]);
  });

  test('is refused data of which a fold has less than a batch', async () => {
    const params = { ...PARAMS, optimiser: { batchSize: 65 } };
    await expect(history(0, threeFolds([1, 1, 1]), params)).rejects.toThrow('has 64 rows, fewer than one batch of 65');
  });
});
