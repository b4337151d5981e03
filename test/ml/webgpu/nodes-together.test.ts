/** Nodes of the HiggsML pipeline that train in one program on a GPU: the bytes of each are those that it has alone. */
import { tensor } from 'restage';
import { expect, test } from 'vitest';
import { CONTINUOUS } from '../../../pipelines/higgs/features.ts';
import { trainFolds } from '../../../pipelines/higgs/stages/train-folds.ts';
import { hasTestedGpu, NO_GPU, testedWebGpu } from '../../helpers/software-gpu.ts';
import { runStage, runTogether } from '../../pipelines/in-process.ts';
import { streams } from '../samples.ts';

const STARTS = [0, 32, 64, 112];

function folds(seed: number) {
  const random = streams(seed)('folds');
  const rows = STARTS.at(-1)!;
  const width = CONTINUOUS.length;
  return {
    continuous: tensor(
      [rows, width],
      Float32Array.from({ length: rows * width }, () => random.normal()),
    ),
    codes: tensor([rows], new Uint8Array(rows)),
    targets: tensor(
      [rows],
      Uint8Array.from({ length: rows }, () => random.integer(2)),
    ),
    weights: tensor([rows], new Float32Array(rows).fill(1)),
    foldStarts: tensor([4], Uint32Array.from(STARTS)),
  };
}

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
    { params, inputs: { training: folds(1) }, seed: 1, backend },
    { params, inputs: { training: folds(2) }, seed: 2, backend },
    { params: { ...params, networks: 3, schedule: schedule(5e-2) }, inputs: { training: folds(1) }, seed: 1, backend },
  ];
  const together = await runTogether(trainFolds, nodes);
  for (const [n, node] of nodes.entries()) {
    const { digests } = await runStage(trainFolds, node);
    expect(together[n]).toMatchObject({ status: 'fulfilled', value: { digests } });
  }
});
