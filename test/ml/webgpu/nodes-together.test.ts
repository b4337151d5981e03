/** Nodes of the HiggsML pipeline that train in one program on a GPU: the bytes of each are those that it has alone. */
import { expect, test } from 'vitest';
import { trainFolds } from '../../../pipelines/higgs/stages/train-folds.ts';
import { hasTestedGpu, NO_GPU, testedWebGpu } from '../../helpers/software-gpu.ts';
import { randomFolds } from '../../pipelines/higgs/random-folds.ts';
import { runStage, runTogether } from '../../pipelines/in-process.ts';

const STARTS = [0, 32, 64, 112];

const schedule = (learningRateHigh: number) => ({
  kind: 'triangular',
  learningRateHigh,
  learningRateLow: 2e-3,
  lengthCycleSubEpochs: 2,
  lengthSubEpochs: 2,
});
const params = {
  networks: 2,
  data: 'simulated',
  network: { depth: 2, width: 4 },
  optimiser: { batchSize: 16 },
  schedule: schedule(2e-2),
  patience: null,
  averaging: { method: 'none' },
  augment: { train: true },
};

test('two seeds and a branch in one program have the bytes of each alone', async ({ skip }) => {
  skip(!hasTestedGpu, NO_GPU);
  const backend = await testedWebGpu();
  const nodes = [
    { params, inputs: { training: randomFolds(STARTS, 1) }, seed: 1, backend },
    { params, inputs: { training: randomFolds(STARTS, 2) }, seed: 2, backend },
    {
      params: { ...params, networks: 3, schedule: schedule(5e-2) },
      inputs: { training: randomFolds(STARTS, 1) },
      seed: 1,
      backend,
    },
  ];
  const together = await runTogether(trainFolds, nodes);
  for (const [n, node] of nodes.entries()) {
    const { digests } = await runStage(trainFolds, node);
    expect(together[n]).toMatchObject({ status: 'fulfilled', value: { digests } });
  }
});
