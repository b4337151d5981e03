import { beforeAll, describe, expect, test } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import { initialise } from '../../../src/ml/network/initialise.ts';
import type { PortableBackend } from '../../../src/ml/portable/backend.ts';
import { constantSchedule, cosineSchedule, inSubEpochs, oneCycleSchedule } from '../../../src/ml/training/schedules.ts';
import type { SubEpochReport } from '../../../src/ml/training/callbacks.ts';
import { type TrainOptions, train } from '../../../src/ml/training/train.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import type { Trainer } from '../../../src/ml/training/trainer.ts';
import { memoryCheckpoint, sampleData, scriptedTrainer, smallSpec, streams } from '../samples.ts';

let backend: PortableBackend;
beforeAll(async () => {
  backend = await openBackend('portable');
});

const folds = [50, 51, 52].map((rows, i) => sampleData(smallSpec, rows, i));
const validation = sampleData(smallSpec, 100, 10);

function open(): Trainer {
  return openTrainer(backend, smallSpec, { batchSize: 16, adam: { beta2: 0.999, epsilon: 1e-3 } });
}

const oneCycle = oneCycleSchedule({
  riseSteps: 12,
  fallSteps: 24,
  learningRate: { start: 1e-3, peak: 5e-2, end: 0 },
  beta1: { high: 0.95, low: 0.85 },
});

/** A short training: 12 sub-epochs of 3 steps; others at a constant rate. */
function options(changes: Partial<TrainOptions> = {}): TrainOptions {
  return {
    trainer: open(),
    folds,
    validation,
    schedule: (changes.subEpochs ?? 12) === 12 ? oneCycle : constantSchedule({ learningRate: 1e-2 }),
    subEpochs: 12,
    rng: streams(1),
    ...changes,
  };
}

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

describe('an interrupted training', () => {
  test.each([1, 4, 5, 11])('after sub-epoch %i reaches the same bytes', async (last) => {
    const whole = await train(options());
    const checkpoint = memoryCheckpoint();
    const interrupted = train(
      options({
        checkpoint,
        checkpointEvery: 2,
        onSubEpoch: ({ subEpoch }) => {
          if (subEpoch === last) throw new Error('the power failed');
        },
      }),
    );
    await expect(interrupted).rejects.toThrow('the power failed');
    const seen: number[] = [];
    const resumed = await train(
      options({ checkpoint, checkpointEvery: 2, onSubEpoch: ({ subEpoch }) => void seen.push(subEpoch) }),
    );
    expect(resumed).toEqual(whole);
    expect(seen[0]).toBe(2 * Math.floor(last / 2));
  });

  test("restores the caller's own state too", async () => {
    const checkpoint = memoryCheckpoint();
    const run = async (failAt: number): Promise<number[]> => {
      let losses: number[] = [];
      await train(
        options({
          checkpoint,
          checkpointEvery: 3,
          callerState: {
            save: () => losses,
            restore: (saved) => {
              losses = [...(saved as number[])];
            },
          },
          onSubEpoch: ({ subEpoch, loss }) => {
            if (subEpoch === failAt) throw new Error('the power failed');
            losses.push(loss);
          },
        }),
      );
      return losses;
    };
    await expect(run(7)).rejects.toThrow('the power failed');
    expect(await run(99)).toEqual((await train(options())).history);
  });

  test('saves as often as asked', async () => {
    const checkpoint = memoryCheckpoint();
    await train(options({ checkpoint, checkpointEvery: 5 }));
    expect(checkpoint.saves).toBe(2);
  });

  test('by default saves every 10 sub-epochs of many steps, and less often if they are short', async () => {
    const short = memoryCheckpoint();
    await train(options({ checkpoint: short, subEpochs: 25 }));
    expect(short.saves).toBe(0);
    const long = memoryCheckpoint();
    const trainer = { ...scriptedTrainer([]), batchSize: 1 };
    await train(options({ trainer, checkpoint: long, subEpochs: 25, folds: [sampleData(smallSpec, 100, 1)] }));
    expect(long.saves).toBe(2);
  });

  test('refuses a checkpoint of another training', async () => {
    const checkpoint = memoryCheckpoint();
    await checkpoint.save({ something: 'else' });
    await expect(train(options({ checkpoint }))).rejects.toThrow(DataError);
  });
});

describe('an aborted training', () => {
  test('throws the reason within the sub-epoch, though it never waits for anything slow', async () => {
    const controller = new AbortController();
    const reason = new Error('time is up');
    let subEpochs = 0;
    const training = train(
      options({
        subEpochs: 100_000,
        signal: controller.signal,
        onSubEpoch: () => {
          subEpochs++;
          if (subEpochs === 2) setImmediate(() => controller.abort(reason));
        },
      }),
    );
    await expect(training).rejects.toBe(reason);
    expect(subEpochs).toBeLessThanOrEqual(4);
  });

  test('does not begin if the signal is already aborted', async () => {
    const steps: Uint32Array[] = [];
    const signal = AbortSignal.abort(new Error('never mind'));
    await expect(train(options({ trainer: scriptedTrainer([], steps), signal }))).rejects.toThrow('never mind');
    expect(steps).toEqual([]);
  });
});

describe('a training refuses', () => {
  test('data that do not fit, in one sentence', async () => {
    const small = sampleData(smallSpec, 15, 1);
    const bad = sampleData(smallSpec, 20, 1);
    const cases: [Partial<TrainOptions>, string][] = [
      [{ folds: [] }, 'Training needs at least one fold.'],
      [{ folds: [small] }, 'Training fold 0 has 15 rows, fewer than one batch of 16.'],
      [{ subEpochs: 0 }, 'Training takes a whole number of at least 1 sub-epochs, not 0.'],
      [
        { validation: { ...bad, continuous: bad.continuous.map((x, i) => (i === 4 ? Number.NaN : x)) } },
        'Row 1 of the validation set has NaN as continuous input 1; replace missing values before training, say by 0.',
      ],
      [
        { folds: [{ ...bad, codes: new Uint8Array(20).fill(3) }] },
        'Row 0 of training fold 0 has code 3 as categorical input 0, which has the codes 0 to 2.',
      ],
      [
        { validation: { ...bad, weights: new Float32Array(3) } },
        'The weights of the validation set have 3 elements where 20 are needed.',
      ],
    ];
    for (const [changes, message] of cases) await expect(train(options(changes))).rejects.toThrow(message);
  });

  test('a schedule that it is too short for, in steps or in sub-epochs', async () => {
    const cut = train(options({ schedule: oneCycle, subEpochs: 8 }));
    await expect(cut).rejects.toThrow(
      'The schedule takes 36 steps to its end, or to that of its first cycle, and the training has 24; train for longer, or make the schedule shorter.',
    );
    const cycles = { steps: 5 };
    const cyclic = inSubEpochs(cosineSchedule({ high: 1e-2, low: 0, cycles }));
    await expect(train(options({ schedule: cyclic, subEpochs: 4 }))).rejects.toThrow(
      /^The schedule takes 5 sub-epochs to its end, or to that of its first cycle, and the training has 4;/,
    );
    expect((await train(options({ schedule: cyclic, subEpochs: 7 }))).history.length).toBe(7);
  });

  test('augmented inputs of other rows', async () => {
    const augment = () => sampleData(smallSpec, 20, 1);
    await expect(train(options({ augment }))).rejects.toThrow(
      /^The inputs of the augmented fold \d are of 20 rows where 5\d are needed\.$/,
    );
  });

  test('to continue once the loss is NaN', async () => {
    const training = train(options({ trainer: scriptedTrainer([1, Number.NaN]) }));
    await expect(training).rejects.toThrow(
      /^The validation loss is NaN after sub-epoch 1, which is step \d+, at learning rate 0\.0/,
    );
  });
});
