import { describe, expect, test } from 'vitest';
import { CONTINUOUS } from '../../../pipelines/higgs/data/features.ts';
import { type LearningRateCurve, lrFind } from '../../../pipelines/higgs/stages/lr-find.ts';
import { runStage } from '../in-process.ts';
import { randomFolds } from './random-folds.ts';

const ROWS = 64;
const STARTS = [0, ROWS, 2 * ROWS];

async function curveOf(
  steps: number,
  high = 10,
  augment: object = { train: false },
  training = randomFolds(STARTS, 1),
): Promise<LearningRateCurve> {
  const params = {
    data: 'simulated',
    network: { depth: 2, width: 8 },
    optimiser: { batchSize: 8 },
    low: 1e-5,
    high,
    steps,
    augment,
  };
  const { outputs } = await runStage(lrFind, { params, inputs: { training } });
  return outputs['curve'] as LearningRateCurve;
}

describe('the range test', () => {
  test('takes the given number of steps, from the lowest learning rate up by one factor', async () => {
    const { learningRates, meanLoss, deviation } = await curveOf(8, 1e-2);
    expect(learningRates).toHaveLength(8);
    expect(learningRates[0]).toBeCloseTo(1e-5, 12);
    for (let step = 1; step < 8; step++)
      expect(learningRates[step]! / learningRates[step - 1]!).toBeCloseTo(1000 ** (1 / 8), 8);
    for (const values of [meanLoss, deviation]) expect(values).toHaveLength(8);
    expect(Math.max(...deviation)).toBeGreaterThan(0);
  });

  test('sees events augmented as training does', async () => {
    const [plain, augmented, again] = [
      await curveOf(8, 1e-2),
      await curveOf(8, 1e-2, { train: true }),
      await curveOf(8, 1e-2, { train: true }),
    ];
    expect(augmented.meanLoss).not.toEqual(plain.meanLoss);
    expect(augmented).toEqual(again);
  });

  test('continues with the other models where one has diverged, and says how many got how far', async () => {
    const training = randomFolds(STARTS, 1);
    // The second model's loss is not finite from the start.
    (training['continuous']!.data as Float32Array).fill(1e38, ROWS * CONTINUOUS.length);
    const { learningRates, meanLoss, models } = await curveOf(8, 1e-2, { train: false }, training);
    expect(models).toEqual([1, 1, 1, 1, 1, 1, 1, 1]);
    for (const values of [learningRates, meanLoss]) expect(values).toHaveLength(8);
    expect((await curveOf(8, 1e-2)).models).toEqual([2, 2, 2, 2, 2, 2, 2, 2]);
  });

  test('continues in other folds if one has too few events, until all events are used', async () => {
    expect((await curveOf(12, 1e-2)).learningRates).toHaveLength(12);
    expect((await curveOf(100, 1e-2)).learningRates).toHaveLength(16);
  });
});
