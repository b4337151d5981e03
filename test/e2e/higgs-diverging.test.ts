/** Networks of a branch that diverge, on the command line: the other branches go on, and the table says what lacks. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { makeInProcessReferenceProject } from '../helpers/in-process-project.ts';

const PIPELINE = fileURLToPath(new URL('../../pipelines/higgs', import.meta.url));
const TINY = [
  'data=simulated:2500',
  'folds.count=2',
  'network.depth=2',
  'train.batchSize=128',
  'train.lengthRiseSubEpochs=1',
  'train.lengthFallSubEpochs=1',
  'predict.rotMult=0',
  'lrFind.steps=5',
  'cut.minPrediction=0.3',
  'score.bootstrapSamples=5',
];

test('a branch whose loss is not finite fails with fold, step and learning rate; the others finish, and its pair is missing', async () => {
  const project = makeInProcessReferenceProject();
  const settings = [...TINY, 'train.learningRatePeak=0.01,1e35'].flatMap((setting) => ['-S', setting]);
  const metric = ['--metric', 'score.validation.rocAuc:higher'];
  const args = ['ablate', PIPELINE, ...settings, ...metric, '--reporter', 'plain', '--cache', project.cache];
  const { code, stdout, stderr } = await project.restage(args);
  expect(code).toBe(1);
  const printed = stdout + stderr;
  for (const fold of [0, 1])
    expect(printed).toMatch(
      new RegExp(
        `failed  train.learningRatePeak=1e35/seed-0/train-fold@fold=${fold} \\(error\\): The validation loss is NaN after sub-epoch \\d+, which is step \\d+, at learning rate \\S+e\\+34`,
      ),
    );
  expect(printed).toMatch(/done +base with seed 0: score\.validation\.rocAuc 0\.\d+/);
  expect(printed).toContain('train.learningRatePeak=1e35 lacks the pair seed=0: the variant: train-fold@fold=0 and');
});
