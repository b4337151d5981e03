import { type CheckpointValue, type Tensors, tensor } from 'restage';
import { describe, expect, test } from 'vitest';
import { member } from '../../../pipelines/higgs/training/ensemble.ts';
import { CONTINUOUS } from '../../../pipelines/higgs/data/features.ts';
import {
  foldNetwork,
  type TrainingReport,
  trainerOptions,
  trainOnFolds,
} from '../../../pipelines/higgs/training/fold-training.ts';
import higgs from '../../../pipelines/higgs/index.ts';
import { sharedCheckpoint } from '../../../pipelines/higgs/training/shared-checkpoint.ts';
import { trainedFold } from '../../../pipelines/higgs/stages/trained-fold.ts';
import { trainFolds } from '../../../pipelines/higgs/stages/train-folds.ts';
import { nodeSeed, streamsOf } from '../../../src/core/identity/random.ts';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import { NO_TENSORFLOW, tensorflowProject } from '../../helpers/tensorflow-fixture.ts';
import { instance, type NodeResult, runStage, runTogether } from '../in-process.ts';
import { streams } from '../streams.ts';

const STARTS = [0, 64, 128, 224];
const PARAMS = {
  networks: 3,
  data: 'simulated',
  network: { depth: 2, width: 8 },
  optimiser: { batchSize: 32 },
  schedule: {
    kind: 'triangular',
    learningRateHigh: 2e-2,
    learningRateLow: 2e-3,
    lengthCycleSubEpochs: 2,
    lengthSubEpochs: 6,
  },
  patience: null,
  averaging: { method: 'snapshots', keepSnapshots: 2 },
  augment: { train: true },
};

/** Three folds in which the first input tells the classes apart. */
function threeFolds(): Tensors {
  const random = streams(1)('folds');
  const rows = STARTS.at(-1)!;
  const width = CONTINUOUS.length;
  const targets = Uint8Array.from({ length: rows }, () => random.integer(2));
  const continuous = Float32Array.from({ length: rows * width }, () => random.normal());
  for (const [row, target] of targets.entries()) continuous[row * width] = 4 * target - 2;
  return {
    continuous: tensor([rows, width], continuous),
    codes: tensor([rows], new Uint8Array(rows)),
    targets: tensor([rows], targets),
    weights: tensor([rows], new Float32Array(rows).fill(1)),
    foldStarts: tensor([4], Uint32Array.from(STARTS)),
  };
}

const training = threeFolds();
const reportsOf = (outputs: Readonly<Record<string, unknown>>) => outputs['reports'] as readonly TrainingReport[];

describe('higgs/train-folds', () => {
  test('trains each network as it is trained alone, with draws of its own', async () => {
    const { outputs, metrics } = await runStage(trainFolds, { params: PARAMS, inputs: { training } });
    const { networks, ...params } = trainFolds.params.parse(PARAMS);
    const rng = streamsOf(nodeSeed(1, trainFolds.name, trainFolds.name));
    for (let fold = 0; fold < networks; fold++) {
      const trainer = openTrainer(await openBackend('portable'), foldNetwork(params, training), trainerOptions(params));
      const alone = await trainOnFolds({
        fold,
        params,
        training,
        trainer,
        rng: (stream) => rng(`${fold}/${stream}`),
        checkpoint: { load: () => Promise.resolve(undefined), save: () => Promise.resolve() },
        signal: new AbortController().signal,
        log: () => undefined,
        metric: () => undefined,
        progress: () => undefined,
        trace: () => undefined,
      });
      const taken = await runStage(trainedFold, { params: { fold }, inputs: outputs });
      expect(taken.outputs).toEqual({ ...alone });
      expect(member(outputs['networks'] as Tensors, fold)).toEqual(alone.network);
      expect(metrics.filter(({ name }) => name === `fold ${fold} validation loss`)).toHaveLength(6);
    }
    expect(reportsOf(outputs)[0]!.history).not.toEqual(reportsOf(outputs)[1]!.history);
  });

  test('has the same losses where the networks are one program of TensorFlow', async ({ skip }) => {
    skip(tensorflowProject === undefined, NO_TENSORFLOW);
    const backend = await openBackend('tfjs-node', tensorflowProject);
    const reports = async (on?: typeof backend): Promise<readonly TrainingReport[]> => {
      const options = { params: PARAMS, inputs: { training }, ...(on && { backend: on }) };
      return reportsOf((await runStage(trainFolds, options)).outputs);
    };
    const [native, portable] = [await reports(backend), await reports()];
    for (const [fold, { history }] of native.entries())
      for (const [n, loss] of history.entries())
        expect(Math.abs(loss / portable[fold]!.history[n]! - 1)).toBeLessThan(1e-5);
  });

  test('ends with the name of the fold whose training failed', async () => {
    const schedule = { kind: 'constant', learningRate: 1e30, lengthSubEpochs: 6 };
    const params = { ...PARAMS, schedule, averaging: { method: 'none' } };
    await expect(runStage(trainFolds, { params, inputs: { training } })).rejects.toThrow(
      /^Fold \d: The validation loss is (NaN|Infinity) after sub-epoch 0/,
    );
  });

  test('takes the place of the stages that train one network each, and what follows stays as it is', () => {
    const nodes = (more: readonly string[]): readonly string[] =>
      instance(higgs, ['data=simulated:20000', 'folds.count=3', ...more]).graph.nodes.map(({ id }) => id);
    const renamed = (id: string): string => id.replace('train-fold@', 'trained-fold@');
    const together = nodes(['train.together=true']).filter((id) => id !== 'train-folds');
    expect(together.toSorted()).toEqual(nodes([]).map(renamed).toSorted());
  });
});

describe('nodes of higgs/train-folds that go together', () => {
  const other = { ...PARAMS, networks: 2, schedule: { ...PARAMS.schedule, lengthSubEpochs: 4 } };
  const wider = { ...PARAMS, network: { depth: 2, width: 9 } };
  const diverging = { ...PARAMS, schedule: { kind: 'constant', learningRate: 1e30, lengthSubEpochs: 6 } };
  const inputs = { training };
  const valueOf = (settled: PromiseSettledResult<NodeResult>): NodeResult => {
    if (settled.status === 'rejected') throw settled.reason;
    return settled.value;
  };

  test('each have the outputs that they have alone: of other seeds, settings, numbers and shapes', async () => {
    const nodes = [
      { params: PARAMS, inputs, seed: 1 },
      { params: PARAMS, inputs, seed: 2 },
      { params: other, inputs, seed: 1 },
      { params: wider, inputs, seed: 1 },
    ];
    const settled = await runTogether(trainFolds, nodes);
    for (const [n, node] of nodes.entries()) {
      const { digests, metrics, log } = valueOf(settled[n]!);
      const alone = await runStage(trainFolds, node);
      expect(digests).toEqual(alone.digests);
      expect([metrics, log].map((told) => told.length)).toEqual([alone.metrics, alone.log].map((told) => told.length));
    }
    expect(new Set(settled.map((each) => valueOf(each).digests['networks'])).size).toBe(4);
  });

  test('fail and are cancelled one by one', async () => {
    const signal = AbortSignal.abort(new Error('This one is cancelled.'));
    const settled = await runTogether(trainFolds, [
      { params: { ...diverging, averaging: { method: 'none' } }, inputs },
      { params: PARAMS, inputs },
      { params: PARAMS, inputs, signal },
      { params: PARAMS, inputs: { training: {} } },
    ]);
    const reasons = settled.map((each) => (each.status === 'rejected' ? String(each.reason) : undefined));
    expect(reasons[0]).toMatch(/Fold \d: The validation loss is (NaN|Infinity)/);
    expect(reasons[2]).toMatch(/This one is cancelled/);
    expect(reasons[3]).toBeDefined();
    expect(valueOf(settled[1]!).digests).toEqual((await runStage(trainFolds, { params: PARAMS, inputs })).digests);
  });
});

test('a shared checkpoint is written when all that go on have saved again, and gives each its own', async () => {
  const saves: CheckpointValue[] = [];
  const whole = (loaded?: CheckpointValue) =>
    sharedCheckpoint(
      { load: () => Promise.resolve(loaded), save: (value) => Promise.resolve(void saves.push(value)) },
      3,
    );
  const shared = whole();
  const [a, b, c] = [0, 1, 2].map((n) => shared.of(n)) as [Checkpoints, Checkpoints, Checkpoints];
  await a.save('a1');
  await b.save('b1');
  expect(saves).toEqual([]);
  await c.save('c1');
  expect(saves).toEqual([{ 0: 'a1', 1: 'b1', 2: 'c1' }]);
  shared.ended(1);
  await a.save('a2');
  await c.save('c2');
  expect(saves.at(-1)).toEqual({ 0: 'a2', 1: 'b1', 2: 'c2' });
  expect(await whole(saves.at(-1)).of(2).load()).toBe('c2');
  expect(await a.load()).toBeUndefined();
});
type Checkpoints = ReturnType<ReturnType<typeof sharedCheckpoint>['of']>;
