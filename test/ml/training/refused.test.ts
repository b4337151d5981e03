import { describe, expect, test } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import type { Masks } from '../../../src/ml/network/masks.ts';
import { parameterCount, parameterShapes, sizeOf } from '../../../src/ml/network/network.ts';
import { cosineSchedule, inSubEpochs } from '../../../src/ml/training/schedules.ts';
import { train, type TrainOptions } from '../../../src/ml/training/train.ts';
import { sampleData, scriptedTrainer, smallSpec } from '../samples.ts';
import { oneCycle, options } from './short-training.ts';

describe('a training refuses', () => {
  test('data that do not fit, in one sentence', async () => {
    const small = sampleData(smallSpec, 15, 1);
    const bad = sampleData(smallSpec, 20, 1);
    const cases: [Partial<TrainOptions>, string][] = [
      [{ folds: [] }, 'Training needs at least one fold.'],
      [{ folds: [small] }, 'Training fold 0 has 15 rows, fewer than one batch of 16.'],
      [{ subEpochs: 0 }, 'Training takes a whole number of at least 1 sub-epochs, not 0.'],
      [
        { validation: { ...bad, continuous: bad.continuous.map((x, i) => (i === 4 ? Number.NaN : x)) } },
        'Row 1 of the validation set has NaN as continuous input 1; replace missing values before training, say by 0.',
      ],
      [
        { folds: [{ ...bad, codes: new Uint8Array(20).fill(3) }] },
        'Row 0 of training fold 0 has code 3 as categorical input 0, which has the codes 0 to 2.',
      ],
      [
        { validation: { ...bad, weights: new Float32Array(3) } },
        'The weights of the validation set have 3 elements where 20 are needed.',
      ],
    ];
    for (const [changes, message] of cases) await expect(train(options(changes))).rejects.toThrow(message);
  });

  test('a schedule that it is too short for, in steps or in sub-epochs', async () => {
    const cut = train(options({ schedule: oneCycle, subEpochs: 8 }));
    await expect(cut).rejects.toThrow(
      'The schedule takes 36 steps to its end, or to that of its first cycle, and the training has 24; train for longer, or make the schedule shorter.',
    );
    const cycles = { steps: 5 };
    const cyclic = inSubEpochs(cosineSchedule({ high: 1e-2, low: 0, cycles }));
    await expect(train(options({ schedule: cyclic, subEpochs: 4 }))).rejects.toThrow(
      /^The schedule takes 5 sub-epochs to its end, or to that of its first cycle, and the training has 4;/,
    );
    expect((await train(options({ schedule: cyclic, subEpochs: 7 }))).history.length).toBe(7);
  });

  test('masks of another shape, and masks that leave nothing to train', async () => {
    const shapes = parameterShapes(smallSpec);
    const pruning = (value: number, most: number): Masks =>
      Object.fromEntries(
        shapes
          .slice(0, most)
          .map(({ name, shape }) => [name, { shape, data: new Uint8Array(sizeOf(shape)).fill(value) }]),
      );
    await expect(train(options({ masks: pruning(0, shapes.length) }))).rejects.toThrow(
      new DataError(
        `The masks prune all ${parameterCount(smallSpec)} parameters, so that nothing is left to train; prune fewer.`,
      ),
    );
    expect((await train(options({ masks: pruning(0, shapes.length - 1) }))).history.length).toBe(12);
    const [{ name, shape }] = shapes as [{ readonly name: string; readonly shape: readonly number[] }];
    const masks = { [name]: { shape: [2], data: Uint8Array.of(1, 0) } };
    await expect(train(options({ masks }))).rejects.toThrow(
      new DataError(`The mask for "${name}" has shape [2]; the parameter has [${shape.join(', ')}].`),
    );
  });

  test('augmented inputs of other rows', async () => {
    const augment = () => sampleData(smallSpec, 20, 1);
    await expect(train(options({ augment }))).rejects.toThrow(
      /^The inputs of the augmented fold \d are of 20 rows where 5\d are needed\.$/,
    );
  });

  test('to continue once the loss is NaN', async () => {
    const training = train(options({ trainer: scriptedTrainer([1, Number.NaN]) }));
    await expect(training).rejects.toThrow(
      /^The validation loss is NaN after sub-epoch 1, which is step 6, at learning rate 0\.0/,
    );
  });
});
