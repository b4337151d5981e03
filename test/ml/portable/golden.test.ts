import { expect, test } from 'vitest';
import { GOLDEN } from './golden.ts';
import { goldenDigests } from './golden-digests.ts';

test('draws, schedules, weights, simulation, augmentation and training have the same bits', async () => {
  expect(await goldenDigests('compiled')).toEqual(GOLDEN);
});
