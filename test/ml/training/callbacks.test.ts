import { beforeAll, describe, expect, test } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import type { NetworkSpec } from '../../../src/ml/network/spec.ts';
import { flattenWeights, type Weights } from '../../../src/ml/network/weights.ts';
import type { PortableBackend } from '../../../src/ml/portable/backend.ts';
import type { StepStart, TrainingCallback } from '../../../src/ml/training/callbacks.ts';
import { constantSchedule } from '../../../src/ml/training/schedules.ts';
import { type TrainOptions, train } from '../../../src/ml/training/train.ts';
import { memoryCheckpoint, sampleData, scriptedTrainer, smallSpec, streams } from '../samples.ts';

let backend: PortableBackend;
beforeAll(async () => {
  backend = await openBackend('portable');
});

/** Four sub-epochs of three steps, by gradient descent without momentum, so that a step is -rate times the gradient. */
function options(changes: Partial<TrainOptions> = {}): TrainOptions {
  return {
    trainer: openTrainer(backend, smallSpec, { batchSize: 16, sgd: {} }),
    folds: [50, 51].map((rows, i) => sampleData(smallSpec, rows, i)),
    validation: sampleData(smallSpec, 100, 10),
    schedule: constantSchedule({ learningRate: 0.125, beta1: 0 }),
    subEpochs: 4,
    rng: streams(1),
    ...changes,
  };
}

/** Notes every call, and reads all that may be read. */
function reading(calls: string[]): TrainingCallback {
  const read = async ({ trainer }: Pick<StepStart, 'trainer'>): Promise<void> => {
    await trainer.weights();
    await trainer.optimiserState();
    await trainer.predict(sampleData(smallSpec, 10, 3));
  };
  return {
    async atStart(start) {
      calls.push(`start ${start.subEpoch}`);
      await read(start);
    },
    async beforeSubEpoch(start) {
      calls.push(`sub-epoch ${start.subEpoch} at ${start.steps}`);
      await read(start);
    },
    async beforeStep(start) {
      calls.push(`step ${start.step}`);
      await read(start);
      await start.loss();
      await start.gradient();
    },
    afterSubEpoch({ subEpoch }) {
      calls.push(`after ${subEpoch}`);
    },
    stopWhen({ subEpoch }) {
      calls.push(`stop? ${subEpoch}`);
      return false;
    },
    atEnd({ steps }) {
      calls.push(`end ${steps}`);
    },
  };
}

function dropping(batchNorm: 'before' | undefined): NetworkSpec {
  const { continuous, embeddings } = smallSpec;
  const body = { kind: 'layers', layers: [{ width: 8, activation: 'prelu', dropout: 0.5, batchNorm }] } as const;
  return { kind: 'blocks', continuous, embeddings, body, heads: [{ kind: 'sigmoid', outputs: 1 }] };
}

describe('the callbacks of a training', () => {
  test('are called in order, and change no bit by reading everything', async () => {
    const calls: string[] = [];
    const read = await train(options({ callbacks: [reading(calls)] }));
    expect(calls.slice(0, 8)).toEqual([
      'start 0',
      'sub-epoch 0 at 0',
      'step 0',
      'step 1',
      'step 2',
      'after 0',
      'stop? 0',
      'sub-epoch 1 at 3',
    ]);
    expect(calls.at(-1)).toBe('end 12');
    expect(read).toEqual(await train(options()));
  });

  test('change no bit of a network with dropout and batch norm either', async () => {
    const trainer = openTrainer(backend, dropping('before'), { batchSize: 16, sgd: {} });
    expect(await train(options({ trainer, callbacks: [reading([])] }))).toEqual(await train(options({ trainer })));
  });

  test.each([
    ['', smallSpec],
    [' with what that drops', dropping(undefined)],
  ])('are told the weights before each step, and the gradient that it takes%s', async (_, spec) => {
    const seen: { readonly weights: Weights; readonly gradient: Weights; readonly rate: number }[] = [];
    const callback: TrainingCallback = {
      beforeStep: async ({ trainer, gradient, settings }) =>
        seen.push({ weights: await trainer.weights(), gradient: await gradient(), rate: settings.learningRate }),
    };
    const trainer = openTrainer(backend, spec, { batchSize: 16, sgd: {} });
    await train(options({ trainer, callbacks: [callback] }));
    expect(seen.length).toBe(12);
    const flat = (weights: Weights): Float32Array => flattenWeights(spec, weights);
    for (const [step, { weights, gradient, rate }] of seen.slice(0, -1).entries()) {
      expect(rate).toBe(0.125);
      const slope = flat(gradient);
      const next = flat(weights).map((value, i) => value - rate * slope[i]!);
      expect(flat(seen[step + 1]!.weights)).toEqual(next);
    }
  });

  test('are told the loss of the batch', async () => {
    const losses: number[] = [];
    const trainer = openTrainer(backend, smallSpec, { batchSize: 50, sgd: {} });
    const fold = sampleData(smallSpec, 50, 1);
    const callback: TrainingCallback = { beforeStep: async ({ loss }) => losses.push(await loss()) };
    const { history } = await train(options({ trainer, folds: [fold], validation: fold, callbacks: [callback] }));
    // The only batch is the whole fold, which validates too, in another order.
    for (const [subEpoch, loss] of losses.slice(1).entries()) expect(loss).toBeCloseTo(history[subEpoch]!, 12);
  });

  test('can stop before a step, which is not taken; the sub-epoch is validated as far as it got', async () => {
    const callback: TrainingCallback = {
      beforeStep: ({ step, stop }) => {
        if (step === 5) stop();
      },
    };
    const { steps, history } = await train(options({ callbacks: [callback] }));
    expect(steps).toBe(5);
    expect(history.length).toBe(2);
  });

  test('are all asked whether to stop, once all have seen the sub-epoch, and one is enough', async () => {
    const asked: string[] = [];
    const eager: TrainingCallback = { stopWhen: ({ subEpoch }) => asked.push(`eager ${subEpoch}`) === 4 };
    const patient: TrainingCallback = {
      afterSubEpoch: ({ subEpoch }) => asked.push(`seen ${subEpoch}`),
      stopWhen: () => false,
    };
    const { history } = await train(options({ callbacks: [eager, patient] }));
    expect(history.length).toBe(2);
    expect(asked).toEqual(['seen 0', 'eager 0', 'seen 1', 'eager 1']);
  });

  test('see what others offered before them', async () => {
    const best: number[] = [];
    const weights = await openTrainer(backend, smallSpec, { batchSize: 16, sgd: {} }).weights();
    const trainer = scriptedTrainer([3, 2, 4, 5]);
    const offering: TrainingCallback = { afterSubEpoch: ({ offer }) => offer(weights, 1) };
    const watching: TrainingCallback = { afterSubEpoch: ({ bestLoss }) => best.push(bestLoss) };
    await train(options({ trainer, callbacks: [offering, watching] }));
    expect(best).toEqual([1, 1, 1, 1]);
  });

  test('keep their states through a checkpoint, each its own', async () => {
    const checkpoint = memoryCheckpoint();
    const counting = (by: number): TrainingCallback & { count: number } => ({
      count: 0,
      afterSubEpoch() {
        this.count += by;
      },
      save() {
        return this.count;
      },
      restore(saved) {
        this.count = saved as number;
      },
    });
    const run = async (failAt: number): Promise<readonly number[]> => {
      const callbacks = [counting(1), {}, counting(10)] as const;
      const onSubEpoch = ({ subEpoch }: { readonly subEpoch: number }): void => {
        if (subEpoch === failAt) throw new Error('the power failed');
      };
      await train(options({ callbacks, checkpoint, checkpointEvery: 2, onSubEpoch }));
      return [callbacks[0].count, callbacks[2].count];
    };
    await expect(run(3)).rejects.toThrow('the power failed');
    expect(await run(99)).toEqual([4, 40]);
    await expect(train(options({ callbacks: [counting(1)], checkpoint }))).rejects.toThrow(
      new DataError('The checkpoint is of a training with other callbacks; run the stage afresh.'),
    );
  });
});
