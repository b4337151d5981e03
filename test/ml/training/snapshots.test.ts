import { beforeAll, describe, expect, test } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import { normalised } from '../../../src/ml/evaluation/ensemble.ts';
import type { PortableBackend } from '../../../src/ml/portable/backend.ts';
import { cosineSchedule, inSubEpochs } from '../../../src/ml/training/schedules.ts';
import { Snapshots, selectSnapshots } from '../../../src/ml/training/snapshots.ts';
import type { SubEpochReport, TrainedModel } from '../../../src/ml/training/callbacks.ts';
import { train, type TrainOptions } from '../../../src/ml/training/train.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import type { Weights } from '../../../src/ml/network/weights.ts';
import { memoryCheckpoint, sampleData, smallSpec, streams } from '../samples.ts';

let backend: PortableBackend;
beforeAll(async () => {
  backend = await openBackend('portable');
});

const folds = [50, 40, 90].map((rows, i) => sampleData(smallSpec, rows, i));
const validation = sampleData(smallSpec, 100, 10);
const cycles = { steps: 4 };

async function trained(snapshots: Snapshots, changes: Partial<TrainOptions> = {}): Promise<TrainedModel> {
  return train({
    trainer: openTrainer(backend, smallSpec, { batchSize: 16, adam: { beta2: 0.999, epsilon: 1e-3 } }),
    folds,
    validation,
    schedule: inSubEpochs(cosineSchedule({ high: 2e-2, low: 0, cycles })),
    subEpochs: 18,
    rng: streams(1),
    onSubEpoch: async (report) => {
      await snapshots.afterSubEpoch(report);
    },
    callerState: snapshots,
    ...changes,
  });
}

describe('snapshots', () => {
  test('are the weights at the ends of cycles, with their losses, up to the number to keep, newest first', async () => {
    const snapshots = new Snapshots({ spec: smallSpec, cycles, keep: 3 });
    const seen: Weights[] = [];
    const rates: number[] = [];
    const { history } = await trained(snapshots, {
      onSubEpoch: async (report: SubEpochReport) => {
        const taken = await snapshots.afterSubEpoch(report);
        expect(taken).toBe([3, 7, 11, 15].includes(report.subEpoch));
        seen.push(await report.trainer.weights());
        if (taken) rates.push(report.settings.learningRate);
      },
    });
    expect(snapshots.kept).toEqual(
      [2, 3, 4].map((cycle) => {
        const subEpoch = 4 * cycle - 1;
        return { cycle, subEpoch, loss: history[subEpoch], weights: seen[subEpoch] };
      }),
    );
    // However many batches folds have, the cycle ends where the sub-epoch does: at most one step of at least two before
    // the end.
    for (const rate of rates) expect(rate).toBeLessThan(2e-2 * 0.04);
  });

  test.each([3, 4, 9, 17])('are the same if the training was interrupted in sub-epoch %i', async (last) => {
    const whole = new Snapshots({ spec: smallSpec, cycles, keep: 3 });
    const model = await trained(whole);
    const checkpoint = memoryCheckpoint();
    const lost = new Snapshots({ spec: smallSpec, cycles, keep: 3 });
    const interrupted = trained(lost, {
      checkpoint,
      checkpointEvery: 3,
      onSubEpoch: async (report) => {
        if (report.subEpoch === last) throw new Error('the power failed');
        await lost.afterSubEpoch(report);
      },
    });
    await expect(interrupted).rejects.toThrow('the power failed');
    const resumed = new Snapshots({ spec: smallSpec, cycles, keep: 3 });
    expect(await trained(resumed, { checkpoint, checkpointEvery: 3 })).toEqual(model);
    expect(resumed.kept).toEqual(whole.kept);
  });

  test('refuse a checkpoint that has none', () => {
    expect(() => new Snapshots({ spec: smallSpec, cycles, keep: 3 }).restore(null)).toThrow(DataError);
  });
});

describe('the selection of snapshots', () => {
  const cyclesOf = (...args: Parameters<typeof selectSnapshots>): number[] =>
    selectSnapshots(...args).map(({ cycle }) => cycle);

  test("takes the study's windows", () => {
    expect(cyclesOf({ finishedCycles: 12, patience: 3, count: 4, power: -1 })).toEqual([8, 7, 6, 5]);
    expect(cyclesOf({ finishedCycles: 56, patience: 10, count: 8, power: 0 })).toEqual([
      45, 44, 43, 42, 41, 40, 39, 38,
    ]);
  });

  test('takes no cycle before the first', () => {
    expect(cyclesOf({ finishedCycles: 7, patience: 3, count: 4, power: -1 })).toEqual([3, 2, 1]);
    for (const finishedCycles of [0, 3, 4])
      expect(cyclesOf({ finishedCycles, patience: 3, count: 4, power: -1 })).toEqual([]);
  });

  test('weights by age with power -1, and equally with power 0', () => {
    const weights = (power: number): number[] =>
      selectSnapshots({ finishedCycles: 12, patience: 3, count: 4, power }).map(({ weight }) => weight);
    const byAge = weights(-1);
    for (const [j, expected] of [1 / 2, 1 / 3, 1 / 4, 1 / 5].entries()) expect(byAge[j]).toBeCloseTo(expected, 15);
    expect(weights(0)).toEqual([1, 1, 1, 1]);
    // Best and snapshots of one training: 60, 30, 20, 15 and 12 parts of 137.
    for (const [j, share] of normalised([1, ...byAge]).entries())
      expect(share).toBeCloseTo([60, 30, 20, 15, 12][j]! / 137, 14);
  });

  test('refuses numbers that cannot count cycles', () => {
    expect(() => selectSnapshots({ finishedCycles: 5, patience: 2, count: -1, power: 0 })).toThrow(
      'Snapshots are selected by whole numbers of at least 0; count is -1.',
    );
  });
});
