import { expect, test } from 'vitest';
import { optionsFor } from '../../../src/core/authoring/batch-options.ts';

test('a node asks a batch system for what is under the name of its executor, and for nothing of another one', () => {
  const policy = { slurm: { partition: 'long' }, condor: { rank: 'KFlops' } };
  expect(optionsFor('slurm', policy)).toEqual({ partition: 'long' });
  expect(optionsFor('condor', policy)).toEqual({ rank: 'KFlops' });
  expect(optionsFor('condor', { slurm: policy.slurm })).toEqual({});
  expect(optionsFor('worker', policy)).toEqual({});
});
