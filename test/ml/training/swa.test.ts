import { beforeAll, describe, expect, test } from 'vitest';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import type { PortableBackend } from '../../../src/ml/portable/backend.ts';
import { constantSchedule, inSubEpochs, triangularSchedule } from '../../../src/ml/training/schedules.ts';
import { type AverageReport, WeightAveraging, type WeightAveragingOptions } from '../../../src/ml/training/swa.ts';
import type { TrainedModel } from '../../../src/ml/training/callbacks.ts';
import { train, type TrainOptions } from '../../../src/ml/training/train.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import type { Trainer } from '../../../src/ml/training/trainer.ts';
import { flattenWeights, unflattenWeights } from '../../../src/ml/network/weights.ts';
import { memoryCheckpoint, sampleData, smallSpec, streams } from '../samples.ts';

let backend: PortableBackend;
beforeAll(async () => {
  backend = await openBackend('portable');
});

const folds = [400, 401, 402].map((rows, i) => sampleData(smallSpec, rows, i));
const validation = sampleData(smallSpec, 300, 10);

function open(): Trainer {
  return openTrainer(backend, smallSpec, { batchSize: 16, adam: { beta2: 0.999, epsilon: 1e-3 } });
}

function averaging(changes: Partial<WeightAveragingOptions> = {}): WeightAveraging {
  return new WeightAveraging({ spec: smallSpec, validation, start: 3, renewal: 2, ...changes });
}

interface Course {
  readonly model: TrainedModel;
  /** Flat weights after each sub-epoch. */
  readonly weights: readonly Float32Array[];
  readonly averages: readonly (AverageReport | undefined)[];
}

/** 40 sub-epochs at a rate so high that the loss jumps about; with this seed an average is the best in the end. */
async function trained(average: WeightAveraging | undefined, changes: Partial<TrainOptions> = {}): Promise<Course> {
  const weights: Float32Array[] = [];
  const averages: (AverageReport | undefined)[] = [];
  const model = await train({
    trainer: open(),
    folds,
    validation,
    schedule: constantSchedule({ learningRate: 0.02 }),
    subEpochs: 40,
    rng: streams(1),
    ...(average !== undefined && { callerState: average }),
    onSubEpoch: async (report) => {
      averages.push(await average?.afterSubEpoch(report));
      weights.push(flattenWeights(smallSpec, await report.trainer.weights()));
    },
    ...changes,
  });
  return { model, weights, averages };
}

/** The loss of the mean of these weights, computed in the simplest way. */
async function lossOfMean(weights: readonly Float32Array[]): Promise<number> {
  const trainer = open();
  const mean = weights[0]!.map((_, i) => weights.reduce((sum, w) => sum + w[i]!, 0) / weights.length);
  trainer.load(unflattenWeights(smallSpec, mean));
  return trainer.loss(validation);
}

describe('stochastic weight averaging', () => {
  test('does not change the course of the training', async () => {
    const plain = await trained(undefined);
    const averaged = await trained(averaging());
    expect(averaged.weights).toEqual(plain.weights);
    expect(averaged.model.history).toEqual(plain.model.history);
    expect(averaged.model.bestLoss).toBeLessThan(plain.model.bestLoss);
  });

  test('reports the loss of the mean, and replaces it by a better challenger', async () => {
    const average = averaging();
    const { weights, averages } = await trained(average);
    // The rule again, with lists of weights and the losses of their means.
    let [incumbent, challenger, cycles, replacements] = [[] as Float32Array[], [] as Float32Array[], 1, 0];
    for (const [t, current] of weights.entries()) {
      if (t < 3) {
        expect(averages[t]).toBeUndefined();
        continue;
      }
      incumbent = [...incumbent, current];
      if (incumbent.length > 2) challenger = [...challenger, current];
      if (challenger.length > 2 * cycles) {
        const better = (await lossOfMean(challenger)) < (await lossOfMean(incumbent));
        if (better) [incumbent, cycles, replacements] = [challenger, 1, replacements + 1];
        else cycles += 1;
        challenger = [current];
      }
      expect(averages[t]!.count).toBe(incumbent.length);
      expect(averages[t]!.loss).toBeCloseTo(await lossOfMean(incumbent), 6);
    }
    expect(average.replacements).toBe(replacements);
    expect(replacements).toBeGreaterThan(0);
  });

  test('makes the result the best of all networks and all averages, and says which it is', async () => {
    const average = averaging();
    const { model, averages } = await trained(average);
    const losses = averages.map((report) => report?.loss ?? Number.POSITIVE_INFINITY);
    expect(model.bestLoss).toBe(Math.min(...model.history, ...losses));
    expect(average.averagedInBest).toBe(averages[losses.indexOf(model.bestLoss)]!.count);
    const trainer = open();
    trainer.load(model.weights);
    expect(await trainer.loss(validation)).toBe(model.bestLoss);
    // An average that never begins is never the best.
    const never = averaging({ start: 1000 });
    const plain = await trained(never);
    expect(plain.model).toEqual((await trained(undefined)).model);
    expect(never.averagedInBest).toBe(0);
  });

  test('counts ends of cycles if the learning rate is cycled', async () => {
    const cycles = { steps: 4 };
    const schedule = inSubEpochs(triangularSchedule({ high: 0.05, low: 5e-3, cycles }));
    const { weights, averages } = await trained(averaging({ start: 2, renewal: undefined, cycles }), { schedule });
    expect(averages.map((report) => report?.count ?? 0)).toEqual(
      Array.from({ length: 40 }, (_, subEpoch) => Math.max(0, Math.floor((subEpoch + 1) / 4) - 2)),
    );
    const ends = weights.filter((_, subEpoch) => (subEpoch + 1) % 4 === 0);
    expect(averages.at(-1)!.loss).toBeCloseTo(await lossOfMean(ends.slice(2)), 6);
  });

  test('stops the training by the better of network and average', async () => {
    const stop = (average: WeightAveraging | undefined): Promise<Course> =>
      trained(average, {
        schedule: constantSchedule({ learningRate: 0.05 }),
        subEpochs: 200,
        stopWhen: ({ subEpoch, bestSubEpoch }) => subEpoch - bestSubEpoch >= 10,
      });
    const plain = await stop(undefined);
    const averaged = await stop(averaging());
    expect(plain.model.history).toHaveLength(plain.model.bestSubEpoch + 11);
    expect(averaged.model.history).toHaveLength(averaged.model.bestSubEpoch + 11);
    expect(averaged.model.bestSubEpoch).not.toBe(plain.model.bestSubEpoch);
  });

  test.each([1, 4, 9, 23, 39])('reaches the same bytes if it was interrupted in sub-epoch %i', async (last) => {
    const whole = averaging();
    const { model } = await trained(whole);
    const checkpoint = memoryCheckpoint();
    const lost = averaging();
    const interrupted = trained(lost, {
      checkpoint,
      checkpointEvery: 4,
      onSubEpoch: async (report) => {
        if (report.subEpoch === last) throw new Error('the power failed');
        await lost.afterSubEpoch(report);
      },
    });
    await expect(interrupted).rejects.toThrow('the power failed');
    const resumed = averaging();
    const again = await trained(resumed, { checkpoint, checkpointEvery: 4 });
    expect(again.model).toEqual(model);
    expect(resumed.save()).toEqual(whole.save());
  });
});
