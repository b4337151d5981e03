/** The same training in eager PyTorch: rows, batches, weights and settings are what a run of the pipeline trains on. */
import { beforeEach, describe, expect, test } from 'vitest';
import { openBackend } from '../../src/ml/backends/backends.ts';
import { recordedFold } from '../reference/higgs-training.ts';
import { hasTorch, NO_TORCH, relativeDifference, torchLosses } from '../reference/torch.ts';

const DATA = ['data=simulated:4000', 'folds.count=3'];
/** Epsilon is small here, so that Adam hides no error of a gradient; a rate as high as this one makes losses move. */
const STEEP = ['train.epsilon=1e-6', 'train.learningRateStart=1e-3', 'train.lengthRiseSubEpochs=2'];

describe('eager PyTorch', () => {
  beforeEach(({ skip }) => skip(!hasTorch(), NO_TORCH));

  test.each([
    ['the dense network, augmented, with beta1 cycled', ['profile=as-described']],
    ['a bottleneck', ['network.width=20', 'network.blocks=bottleneck']],
  ])('has the validation losses of a training of %s', async (_, more) => {
    const overrides = [...DATA, ...STEEP, ...more];
    const training = await recordedFold(await openBackend('portable'), { overrides, fold: 1, subEpochs: 4 });
    const { losses } = training.recorded().about;
    expect(losses).toHaveLength(4);
    expect(losses.at(-1)!).toBeLessThan(losses[0]!);
    expect(relativeDifference(losses, torchLosses(training))).toBeLessThan(1e-5);
  });
});
