import { beforeAll, describe, expect, test } from 'vitest';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import type { PortableBackend } from '../../../src/ml/portable/backend.ts';
import { learningRateRangeTest } from '../../../src/ml/training/range-test.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import type { Trainer } from '../../../src/ml/training/trainer.ts';
import { sampleData, scriptedTrainer, smallSpec, streams } from '../samples.ts';

let backend: PortableBackend;
beforeAll(async () => {
  backend = await openBackend('portable');
});

const data = sampleData(smallSpec, 78 * 16 + 5, 1);

function open(): Trainer {
  return openTrainer(backend, smallSpec, { batchSize: 16, adam: { beta2: 0.999, epsilon: 1e-3 } });
}

describe('the learning-rate range test', () => {
  test('goes from 1e-5 almost to 10 in one pass, as LUMIN does', async () => {
    const { learningRates, losses } = await learningRateRangeTest({
      trainer: scriptedTrainer([]),
      data,
      rng: streams(1),
    });
    expect(learningRates.length).toBe(78);
    expect(losses.length).toBe(78);
    expect(learningRates[0]).toBe(1e-5);
    expect(learningRates[77]! * (10 / 1e-5) ** (1 / 78)).toBeCloseTo(10, 10);
  });

  test('sees the loss fall at good learning rates, the same in every run', async () => {
    const options = { trainer: open(), data, rng: streams(1), high: 0.1 };
    const { losses } = await learningRateRangeTest(options);
    const mean = (from: number, to: number): number =>
      losses.slice(from, to).reduce((sum, loss) => sum + loss, 0) / (to - from);
    expect(mean(58, 78)).toBeLessThan(0.9 * mean(0, 20));
    expect((await learningRateRangeTest(options)).losses).toEqual(losses);
  });

  test('ends at a hundred times the best loss since the tenth batch', async () => {
    const early = [1e-9, ...Array<number>(9).fill(1)];
    const run = (losses: number[]) =>
      learningRateRangeTest({ trainer: scriptedTrainer(losses), data, rng: streams(1) });
    expect((await run([...early, 1, 99, 101, 1])).losses).toEqual([...early, 1, 99, 101]);
  });

  test('ends before a loss of NaN', async () => {
    const { losses } = await learningRateRangeTest({
      trainer: scriptedTrainer([3, 2, Number.NaN]),
      data,
      rng: streams(1),
    });
    expect(losses).toEqual([3, 2]);
  });

  test('stops when aborted', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(learningRateRangeTest({ trainer: open(), data, rng: streams(1), signal })).rejects.toThrow('enough');
  });
});
