import { describe, expect, test } from 'vitest';
import { initialise } from '../../../src/ml/network/initialise.ts';
import type { SubEpochReport } from '../../../src/ml/training/callbacks.ts';
import { constantSchedule } from '../../../src/ml/training/schedules.ts';
import { train, type TrainOptions } from '../../../src/ml/training/train.ts';
import { sampleData, scriptedTrainer, smallSpec, streams } from '../samples.ts';
import { folds, open, options, validation } from './short-training.ts';

describe('a training', () => {
  test('gives the same bytes for the same seed, and different ones for another', async () => {
    const first = await train(options());
    expect(await train(options())).toEqual(first);
    expect(await train(options({ rng: streams(2) }))).not.toEqual(first);
  });

  test('gives the same bytes whatever its trainer did before', async () => {
    const trainer = open();
    const first = await train(options({ trainer }));
    expect(await train(options({ trainer }))).toEqual(first);
  });

  test('tells whoever looks the weights at the start, and loss and weights after each sub-epoch; the bytes stay', async () => {
    const traced: (readonly [string, number | undefined, unknown])[] = [];
    const trace = async (name: string, value: unknown, step?: number): Promise<void> => {
      traced.push([name, step, typeof value === 'function' ? await (value as () => Promise<unknown>)() : value]);
    };
    const model = await train(options({ trace, initial: initialise(smallSpec, streams(1)('init')) }));
    expect(model).toEqual(await train(options()));
    const steps = Array.from({ length: 12 }, (_, k) => k);
    expect(traced.map(([name, step]) => [name, step])).toEqual([
      ['weights at the start', undefined],
      ...steps.flatMap((k) => [
        ['loss', k],
        ['weights', k],
      ]),
    ]);
    expect(traced[0]![2]).toEqual(initialise(smallSpec, streams(1)('init')));
    expect(traced.flatMap(([name, , value]) => (name === 'loss' ? [value] : []))).toEqual(model.history);
    expect(traced.find(([name, step]) => name === 'weights' && step === model.bestSubEpoch)![2]).toEqual(model.weights);
  });

  test('learns, and returns the weights that validated best', async () => {
    const trainer = open();
    const { weights, history, bestLoss, bestSubEpoch, steps } = await train(options({ trainer }));
    expect(history.length).toBe(12);
    expect(steps).toBe(36);
    expect(bestLoss).toBe(Math.min(...history));
    expect(history[bestSubEpoch]).toBe(bestLoss);
    expect(bestLoss).toBeLessThan(0.9 * history[0]!);
    trainer.load(weights);
    expect(await trainer.loss(validation)).toBe(bestLoss);
  });

  test('takes the later of equally good sub-epochs', async () => {
    const { weights, bestSubEpoch } = await train(options({ trainer: scriptedTrainer([3, 1, 2, 1, 2]), subEpochs: 5 }));
    expect(bestSubEpoch).toBe(3);
    expect(weights['output.bias']!.data[0]).toBe(3);
  });

  test('goes through the folds in one shuffled order, repeatedly', async () => {
    const orders = new Set<string>();
    for (let seed = 1; seed <= 20; seed++) {
      const visited: number[] = [];
      const onSubEpoch = ({ fold }: SubEpochReport): void => void visited.push(fold);
      await train(options({ trainer: scriptedTrainer([]), rng: streams(seed), subEpochs: 6, onSubEpoch }));
      expect(visited.slice(3)).toEqual(visited.slice(0, 3));
      expect(new Set(visited).size).toBe(3);
      orders.add(visited.join());
    }
    expect(orders.size).toBe(6);
  });

  test('shuffles batches again in every sub-epoch and drops the incomplete one', async () => {
    const batches: Uint32Array[] = [];
    await train(options({ trainer: scriptedTrainer([], batches), folds: [folds[0]!] }));
    expect(batches.length).toBe(36);
    for (let subEpoch = 0; subEpoch < 12; subEpoch++) {
      const rows = batches.slice(3 * subEpoch, 3 * subEpoch + 3).flatMap((batch) => [...batch]);
      expect(new Set(rows).size).toBe(48);
    }
    expect(new Set(batches.map(String)).size).toBe(36);
  });

  test('asks the schedule for each step of the whole training in turn', async () => {
    const asked: number[] = [];
    const constant = constantSchedule({ learningRate: 1e-3 });
    await train(
      options({
        schedule: (step) => {
          asked.push(step);
          return constant(step);
        },
        subEpochs: 4,
      }),
    );
    expect([...new Set(asked)]).toEqual(Array.from({ length: 12 }, (_, i) => i));
  });

  test('gives the schedule the time in sub-epochs, by the part of the current fold that was taken', async () => {
    const uneven = [16, 40, 70].map((rows, i) => sampleData(smallSpec, rows, i));
    const times = new Map<number, number>();
    const ends: number[] = [];
    await train(
      options({
        folds: uneven,
        subEpochs: 3,
        schedule: (step, subEpochs) => {
          times.set(step, subEpochs);
          return { learningRate: 1e-3, beta1: 0.9 };
        },
        onSubEpoch: ({ steps }) => void ends.push(steps),
      }),
    );
    // One batch, two and four, in some order.
    const batches = ends.map((end, i) => end - (ends[i - 1] ?? 0));
    expect(batches.toSorted()).toEqual([1, 2, 4]);
    const expected = batches.flatMap((n, subEpoch) => Array.from({ length: n }, (_, i) => subEpoch + i / n));
    expect([...times.entries()]).toEqual(expected.map((time, step) => [step, time]));
  });

  test('trains on the augmented inputs, made for each fold and sub-epoch', async () => {
    const calls: string[] = [];
    const plain = await train(options());
    const augment: TrainOptions['augment'] = (fold, subEpoch) => {
      calls.push(`${subEpoch}:${fold}`);
      return { ...folds[fold]!, continuous: folds[fold]!.continuous.map((value) => -value) };
    };
    const augmented = await train(options({ augment }));
    expect(calls.map((call) => call.split(':')[0])).toEqual(Array.from({ length: 12 }, (_, i) => String(i)));
    expect(augmented.history).not.toEqual(plain.history);
    const same = await train(options({ augment: (fold) => Promise.resolve(folds[fold]!) }));
    expect(same).toEqual(plain);
  });

  test('reports every sub-epoch, and ends when asked to', async () => {
    const reports: SubEpochReport[] = [];
    const { history } = await train(
      options({
        trainer: scriptedTrainer([3, 2, 4, 5, 6, 7, 8]),
        onSubEpoch: (report) => void reports.push(report),
        stopWhen: ({ subEpoch, bestSubEpoch }) => subEpoch - bestSubEpoch >= 3,
      }),
    );
    expect(history).toEqual([3, 2, 4, 5, 6]);
    expect(reports.length).toBe(5);
    expect(reports[4]).toMatchObject({ subEpoch: 4, steps: 15, loss: 6, bestLoss: 2, bestSubEpoch: 1, subEpochs: 12 });
    expect(reports[0]!.settings.beta1).toBeCloseTo(0.9433, 3);
  });

  test('takes weights that a callback offers if they are better', async () => {
    const average = initialise(smallSpec, streams(5)('init'));
    const bestLosses: number[] = [];
    const taken: boolean[] = [];
    const result = await train(
      options({
        trainer: scriptedTrainer([3, 2, 4]),
        subEpochs: 3,
        onSubEpoch: ({ subEpoch, offer }) => {
          if (subEpoch === 0) taken.push(offer(average, 9));
          if (subEpoch === 1) taken.push(offer(average, 1));
        },
        stopWhen: ({ bestLoss }) => bestLosses.push(bestLoss) > 99,
      }),
    );
    expect(taken).toEqual([false, true]);
    expect(bestLosses).toEqual([3, 1, 1]);
    expect(result).toMatchObject({ bestLoss: 1, bestSubEpoch: 1, history: [3, 2, 4] });
    expect(result.weights).toEqual(average);
  });
});
