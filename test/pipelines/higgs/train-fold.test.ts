import { type Tensors, tensor } from 'restage';
import { type NetworkSpec, openTrainer, type Weights } from 'restage/ml';
import { describe, expect, test } from 'vitest';
import { member } from '../../../pipelines/higgs/training/ensemble.ts';
import { CONTINUOUS } from '../../../pipelines/higgs/data/features.ts';
import type { TrainingReport } from '../../../pipelines/higgs/training/fold-training.ts';
import { trainFold } from '../../../pipelines/higgs/stages/train-fold.ts';
import { foldOf } from '../../../pipelines/higgs/training/training.ts';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import { runStage } from '../in-process.ts';
import { streams } from '../streams.ts';

const FOLD_ROWS = 64;
const PARAMS = {
  data: 'simulated',
  network: { depth: 2, width: 8 },
  optimiser: { batchSize: 32 },
  schedule: { kind: 'one-cycle', lengthRiseSubEpochs: 3, lengthFallSubEpochs: 6, momentum: null },
  patience: null,
  averaging: { method: 'none' },
  augment: { train: false },
};

/** Three folds in which the first input tells the classes apart; `weights` by fold. */
function threeFolds(weights: readonly [number, number, number]): Tensors {
  const random = streams(1)('folds');
  const rows = 3 * FOLD_ROWS;
  const targets = Uint8Array.from({ length: rows }, () => random.integer(2));
  const width = CONTINUOUS.length;
  const continuous = Float32Array.from({ length: rows * width }, () => random.normal());
  for (const [row, target] of targets.entries()) continuous[row * width] = 4 * target - 2;
  return {
    continuous: tensor([rows, width], continuous),
    codes: tensor([rows], new Uint8Array(rows)),
    targets: tensor([rows], targets),
    weights: tensor(
      [rows],
      Float32Array.from({ length: rows }, (_, row) => weights[Math.floor(row / FOLD_ROWS)]!),
    ),
    foldStarts: tensor([4], Uint32Array.of(0, FOLD_ROWS, 2 * FOLD_ROWS, rows)),
  };
}

async function history(fold: number, training: Tensors, params: object = PARAMS): Promise<readonly number[]> {
  const { outputs } = await runStage(trainFold, { params: { ...params, fold }, inputs: { training } });
  return (outputs['report'] as TrainingReport).history;
}

const TRIANGLES = {
  ...PARAMS,
  schedule: {
    kind: 'triangular',
    learningRateHigh: 2e-2,
    learningRateLow: 2e-3,
    lengthCycleSubEpochs: 2,
    lengthSubEpochs: 13,
  },
};

/** All outputs of a training, on three folds of equal weight. */
async function trained(params: object, fold = 1): Promise<Trained> {
  const { outputs } = await runStage(trainFold, {
    params: { ...params, fold },
    inputs: { training: threeFolds([1, 1, 1]) },
  });
  return outputs as unknown as Trained;
}

interface Trained {
  readonly network: Weights;
  readonly report: TrainingReport;
  readonly snapshots: Tensors;
}

/** The loss of these weights on a fold without augmentation. */
async function lossOn(fold: number, spec: NetworkSpec, weights: Weights): Promise<number> {
  const trainer = openTrainer(await openBackend('portable'), spec, {
    batchSize: 1,
    adam: { beta2: 0.999, epsilon: 1e-3 },
  });
  trainer.load(weights);
  return trainer.loss(foldOf(threeFolds([1, 1, 1]), fold));
}

describe('a training that keeps snapshots', () => {
  const cycles = (count: number): object => ({ unit: 'cycles', count });
  const params = {
    ...TRIANGLES,
    patience: cycles(1),
    averaging: { method: 'snapshots', keepSnapshots: 3 },
  };

  test('outputs those that may be selected, which have the losses that it reports', async () => {
    const patient = { ...params, patience: cycles(2) };
    const { report, snapshots } = await trained(patient);
    const { averaging, history: losses } = report;
    if (averaging?.method !== 'snapshots') throw new Error('no report of snapshots');
    expect(losses).toHaveLength(13);
    expect(averaging).toMatchObject({ finishedCycles: 6, patienceCycles: 2 });
    expect(averaging.snapshots).toEqual(
      [1, 2, 3].map((cycle) => ({ cycle, subEpoch: 2 * cycle - 1, loss: losses[2 * cycle - 1] })),
    );
    for (const [n, { loss }] of averaging.snapshots.entries())
      expect(await lossOn(1, report.network, member(snapshots, n))).toBe(loss);
    expect(Object.keys(snapshots)).toHaveLength(3 * Object.keys(member(snapshots, 0)).length);
  });

  test('keeps no more than it should', async () => {
    const { report } = await trained({ ...params, averaging: { ...params.averaging, keepSnapshots: 2 } });
    expect(report.averaging).toMatchObject({ finishedCycles: 6, snapshots: [{ cycle: 3 }, { cycle: 4 }] });
  });

  test('stops after a number of ends of cycles without a new best', async () => {
    // A rate so high that training soon stops improving.
    const { outputs } = await runStage(trainFold, {
      params: { ...params, fold: 1, schedule: { ...params.schedule, learningRateHigh: 30, lengthSubEpochs: 400 } },
      inputs: { training: threeFolds([1, 1, 1]) },
    });
    const { history: losses, bestSubEpoch, bestLoss } = outputs['report'] as TrainingReport;
    expect(bestLoss).toBe(Math.min(...losses));
    const ends = losses.flatMap((_, subEpoch) => (subEpoch % 2 === 1 && subEpoch > bestSubEpoch ? [subEpoch] : []));
    expect(ends).toEqual([losses.length - 1]);
    expect(losses.length).toBeLessThan(400);
  });
});

describe('a training without averages', () => {
  test('stops after a number of sub-epochs without a new best, whatever its schedule', async () => {
    const wild = { ...TRIANGLES.schedule, learningRateHigh: 30, lengthSubEpochs: 400 };
    for (const schedule of [wild, { kind: 'constant', learningRate: 30, lengthSubEpochs: 400 }]) {
      const { report } = await trained({ ...PARAMS, schedule, patience: { unit: 'sub-epochs', count: 3 } });
      expect(report.history).toHaveLength(report.bestSubEpoch + 4);
      expect(report).not.toHaveProperty('averaging');
    }
  });

  test('of cycles goes on to the end of a cycle', async () => {
    const schedule = { ...TRIANGLES.schedule, learningRateHigh: 30, cycleMultiplier: 2, lengthSubEpochs: 400 };
    const { report } = await trained({ ...PARAMS, schedule, patience: { unit: 'cycles', count: 1 } });
    // Cycles of 2, 4, 8 and so on end after 2, 6, 14, ... sub-epochs.
    expect(Math.log2(report.history.length + 2) % 1).toBe(0);
    expect(report.history.length).toBeGreaterThan(report.bestSubEpoch + 1);
  });
});

describe('snapshots with a patience in sub-epochs', () => {
  test('count as fruitless the cycles since the best', async () => {
    const schedule = { ...TRIANGLES.schedule, learningRateHigh: 30, lengthSubEpochs: 400 };
    const params = { ...PARAMS, schedule, patience: { unit: 'sub-epochs', count: 5 } };
    const { report } = await trained({ ...params, averaging: { method: 'snapshots', keepSnapshots: 3 } });
    const { averaging, bestSubEpoch, history: losses } = report;
    if (averaging?.method !== 'snapshots') throw new Error('no report of snapshots');
    expect(losses).toHaveLength(bestSubEpoch + 6);
    expect(averaging.finishedCycles).toBe(Math.floor(losses.length / 2));
    expect(averaging.patienceCycles).toBe(averaging.finishedCycles - Math.floor((bestSubEpoch + 1) / 2));
  });
});

describe('a training with an average of weights', () => {
  const params = {
    ...PARAMS,
    schedule: { kind: 'constant', learningRate: 2e-2, lengthSubEpochs: 60 },
    patience: { unit: 'sub-epochs', count: 6 },
    averaging: { method: 'swa', startTicks: 2, renewalTicks: 2 },
  };

  test('outputs the better of average and network, ends when neither improves, and keeps no snapshots', async () => {
    const { network, report, snapshots } = await trained(params);
    expect(snapshots).toEqual({});
    expect(await lossOn(1, report.network, network)).toBe(report.bestLoss);
    expect(report.bestLoss).toBeLessThanOrEqual(Math.min(...report.history));
    expect(report.history.length === 60 || report.history.length === report.bestSubEpoch + 7).toBe(true);
    const { averaging } = report;
    if (averaging?.method !== 'swa') throw new Error('no report of an average');
    expect(averaging.averagedInBest > 0).toBe(report.bestLoss < Math.min(...report.history));
  });

  test('draws the same weights and batches as one without', async () => {
    const without = await trained({ ...params, patience: null, averaging: { method: 'none' } });
    const { report } = await trained(params);
    expect(report.history).toEqual(without.report.history.slice(0, report.history.length));
    expect(without.report).not.toHaveProperty('averaging');
  });
});

describe('a network of the ensemble', () => {
  test('learns only from the other folds: if their weights are zero, its loss does not change', async () => {
    const own = await history(1, threeFolds([0, 1, 0]));
    expect(own).toHaveLength(9);
    expect(new Set(own).size).toBe(1);
    const others = await history(1, threeFolds([1, 1, 1]));
    expect(others.at(-1)).toBeLessThan(0.7 * others[0]!);
  });

  test('is validated on events that are augmented once: the same ones after every sub-epoch', async () => {
    const params = { ...PARAMS, augment: { train: true } };
    const own = await history(1, threeFolds([0, 1, 0]), params);
    expect(new Set(own).size).toBe(1);
    expect(own[0]).not.toBe((await history(1, threeFolds([0, 1, 0])))[0]);
  });

  test('fails with the step and the learning rate where its loss is not finite', async () => {
    const params = { ...PARAMS, schedule: { ...PARAMS.schedule, learningRateStart: 1e30, learningRatePeak: 1e35 } };
    await expect(history(2, threeFolds([1, 1, 1]), params)).rejects.toThrow(
      /^The validation loss is (NaN|Infinity) after sub-epoch \d+, which is step \d+, at learning rate .*e\+/,
    );
  });

  test('refuses data with a fold smaller than a batch', async () => {
    const params = { ...PARAMS, optimiser: { batchSize: 65 } };
    await expect(history(0, threeFolds([1, 1, 1]), params)).rejects.toThrow('has 64 rows, fewer than one batch of 65');
  });
});
