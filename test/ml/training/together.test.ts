/** Several networks trained at the same time, on each backend; those of TensorFlow.js that can, as one program. */
import { beforeAll, describe, expect, test } from 'vitest';
import type { ComputeBackend } from '../../../src/core/authoring/stage.ts';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import { openTrainer, openTrainers } from '../../../src/ml/backends/open-trainer.ts';
import { initialise } from '../../../src/ml/network/initialise.ts';
import type { NetworkSpec } from '../../../src/ml/network/spec.ts';
import type { PortableBackend } from '../../../src/ml/portable/backend.ts';
import { constantSchedule, oneCycleSchedule } from '../../../src/ml/training/schedules.ts';
import type { TrainedModel } from '../../../src/ml/training/callbacks.ts';
import { train } from '../../../src/ml/training/train.ts';
import type { Trainer } from '../../../src/ml/training/trainer.ts';
import { testedBackends, useBackend } from '../backends/tested-backends.ts';
import { sampleData, smallSpec, streams } from '../samples.ts';

const OPTIONS = { batchSize: 16, adam: { beta2: 0.999, epsilon: 1e-4 } };
/** Folds differ by a batch, so that the members' sub-epochs end at different steps. */
const FOLDS = [64, 80, 64].map((rows, fold) => sampleData(smallSpec, rows, fold + 1));

/** Dropout, batch norm, a learned slope: all that a step draws, keeps or learns besides weights. */
const EVERYTHING: NetworkSpec = {
  kind: 'blocks',
  continuous: smallSpec.continuous,
  embeddings: smallSpec.embeddings,
  body: {
    kind: 'sequence',
    blocks: [
      {
        kind: 'dense',
        layers: [
          { width: 6, activation: 'prelu', dropout: 0.2 },
          { width: 5, activation: 'selu' },
        ],
      },
      { kind: 'residual', layers: [{ width: 5, activation: 'swish', batchNorm: 'after' }] },
    ],
  },
  heads: [{ kind: 'sigmoid', outputs: 1 }],
};

/** Trains the member that is validated on this fold; its length, settings and draws are its own. */
async function trained(trainer: Trainer, fold: number): Promise<TrainedModel> {
  try {
    return await train({
      trainer,
      folds: FOLDS.filter((_, k) => k !== fold),
      validation: FOLDS[fold]!,
      schedule: oneCycleSchedule({
        riseSteps: 3,
        fallSteps: 6,
        learningRate: { start: 1e-3, peak: 2e-2 / (fold + 1), end: 1e-4 },
        beta1: { high: 0.95, low: 0.85 },
      }),
      subEpochs: 2 + fold,
      rng: (stream) => streams(1)(`${fold}/${stream}`),
      ...(fold === 1 && { masks: { [firstWeights(trainer)]: pruned(trainer) } }),
    });
  } finally {
    trainer.dispose();
  }
}

const firstWeights = ({ spec }: Trainer): string => (spec.kind === undefined ? 'hidden.0.weight' : 'body.0.0.weight');

/** Every third weight. */
function pruned(trainer: Trainer) {
  const { shape, data } = initialise(trainer.spec, streams(1)('shape'))[firstWeights(trainer)]!;
  return { shape, data: Uint8Array.from(data, (_, i) => (i % 3 === 0 ? 0 : 1)) };
}

describe.each(testedBackends.filter((name) => name !== 'portable'))(
  'trainers that are opened together on %s',
  (name) => {
    let backend: ComputeBackend;
    let portable: PortableBackend;
    useBackend(name, (opened) => {
      backend = opened;
    });
    beforeAll(async () => {
      portable = await openBackend('portable');
    });

    test.each([
      ['a perceptron', smallSpec],
      ['a network of everything', EVERYTHING],
    ] as const)(
      'train %s as portable does one by one, each with its own data, length, settings and mask',
      async (_, spec) => {
        const models = await Promise.all(openTrainers(backend, spec, OPTIONS, 3).map(trained));
        for (const [fold, { history, weights }] of models.entries()) {
          const alone = await trained(openTrainer(portable, spec, OPTIONS), fold);
          expect(history).toHaveLength(2 + fold);
          for (const [n, loss] of history.entries()) expect(Math.abs(loss / alone.history[n]! - 1)).toBeLessThan(1e-5);
          if (fold === 1) {
            const values = weights[spec.kind === undefined ? 'hidden.0.weight' : 'body.0.0.weight']!.data;
            expect(values.filter((value, i) => i % 3 === 0 && value !== 0)).toEqual(new Float32Array(0));
          }
        }
      },
    );
  },
);

describe('a group on TensorFlow.js', () => {
  const [data, rows] = [FOLDS[0]!, Uint32Array.from({ length: 16 }, (_, i) => i)];
  const settings = constantSchedule({ learningRate: 1e-2, beta1: 0.9 })(0);
  async function pair(): Promise<[Trainer, Trainer]> {
    const trainers = openTrainers(await openBackend('tfjs-cpu'), smallSpec, OPTIONS, 2);
    for (const trainer of trainers) trainer.load(initialise(smallSpec, streams(1)('init')));
    return [...trainers] as [Trainer, Trainer];
  }

  test('takes a step when all have one, and one that waits refuses a change until then', async () => {
    const [a, b] = await pair();
    a.step(data, rows, settings);
    expect(() => a.mask({})).toThrow('some of its steps are not taken yet; await weights() before you change it');
    expect((await b.optimiserState()).steps).toBe(0);
    b.step(data, rows, settings);
    expect((await a.optimiserState()).steps).toBe(1);
    a.mask({});
    for (const trainer of [a, b]) trainer.dispose();
  });

  test('goes on without one that is disposed of, and tells one that waited that its steps are lost', async () => {
    const [a, b] = await pair();
    b.step(data, rows, settings);
    a.dispose();
    expect((await b.optimiserState()).steps).toBe(1);
    const [c, d] = await pair();
    c.step(data, rows, settings);
    const waiting = c.weights();
    c.dispose();
    await expect(waiting).rejects.toThrow('The trainer was disposed of before its steps were taken.');
    for (const trainer of [b, d]) trainer.dispose();
  });

  test('leaves nothing on the backend', async () => {
    const { tf } = await openBackend('tfjs-cpu');
    const before = tf.memory().numTensors;
    await Promise.all((await pair()).map(trained));
    expect(tf.memory().numTensors).toBe(before);
  });
});

test('there is at least one trainer in a group', async () => {
  const backend = await openBackend('portable');
  expect(() => openTrainers(backend, smallSpec, OPTIONS, 0)).toThrow('a whole number of at least 1, not 0');
});
