/** What `status` says about the branches of an experiment. */
import { expect, test } from 'vitest';
import { makeInProcessProject } from '../helpers/in-process-project.ts';

const EXPERIMENT = `
import { experiment } from 'restage';
import study from './index.ts';

export default experiment({
  name: 'rates',
  pipeline: study,
  branches: (base) => [base.with({ folds: 3 }), base.with({ train: { rate: 0.5 } })],
  seeds: 2,
  metrics: { ams: { of: 'score.ams', better: 'higher', design: 'fixed-test-set' } },
});
`;

test('status of an experiment has a row for each branch: with how many seeds it is up to date, and what would run', async () => {
  const lab = makeInProcessProject('study');
  lab.write('rates.ts', EXPERIMENT);
  const status = async () => (await lab.restage(['status', 'rates.ts', '--cache', lab.cache])).stdout.split('\n');
  await lab.run(['--seed', '1']);
  const before = await status();
  expect(before[0]).toMatch(/^study\/rates: 4 of 17 nodes up to date, \d+ to run, \d+ pending$/);
  const row = (lines: readonly string[], branch: string) => lines.find((line) => line.startsWith(branch));
  expect(row(before, 'branch')).toMatch(/^branch +seeds +hit +run +pending +why$/);
  expect(row(before, 'base')).toMatch(/^base +1\/2 +4 +2 +1 /);
  expect(row(before, 'folds=3')).toMatch(/^folds=3 +0\/2 +3 +4 +2 /);
  expect(row(before, 'train.rate=0.5')).toMatch(/^train\.rate=0\.5 +0\/2 +1 +4 +2 +new node$/);
  await lab.restage(['ablate', 'rates.ts', '--cache', lab.cache]);
  const after = await status();
  expect(after[0]).toBe('study/rates: all 17 nodes are up to date');
  expect(row(after, 'train.rate=0.5')).toMatch(/^train\.rate=0\.5 +2\/2 +7$/);
});
