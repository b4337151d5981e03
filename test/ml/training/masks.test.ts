import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ComputeBackend } from '../../../src/core/authoring/stage.ts';
import { DataError } from '../../../src/errors.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import { flattenMasks, type Masks } from '../../../src/ml/network/masks.ts';
import { parameterShapes, sizeOf } from '../../../src/ml/network/network.ts';
import type { BlockNetwork, NetworkSpec } from '../../../src/ml/network/spec.ts';
import { flattenWeights, unflattenWeights, type Weights } from '../../../src/ml/network/weights.ts';
import { constantSchedule } from '../../../src/ml/training/schedules.ts';
import { train } from '../../../src/ml/training/train.ts';
import type { OptimiserOptions, Trainer } from '../../../src/ml/training/trainer.ts';
import { testedBackends, useBackend } from '../backends/tested-backends.ts';
import { anyBlockNetwork, sampleNumbers, sampleRows } from '../block-networks.ts';
import { memoryCheckpoint, sampleData, sampleParameters, smallSpec, streams } from '../samples.ts';

/** Prunes about this share of all parameters. */
function randomMasks(spec: NetworkSpec, share: number, seed: number): Masks {
  const random = streams(seed)('masks');
  return Object.fromEntries(
    parameterShapes(spec).map(({ name, shape }) => [
      name,
      { shape, data: Uint8Array.from({ length: sizeOf(shape) }, () => (random.uniform() < share ? 0 : 1)) },
    ]),
  );
}

const settings = { learningRate: 1e-2, beta1: 0.9 };
const rows = Uint32Array.from({ length: 16 }, (_, i) => i);

describe.each(testedBackends)('masks on %s', (name) => {
  let backend: ComputeBackend;
  useBackend(name, (opened) => (backend = opened));

  /** Whether all that the masks prune is 0, and not -0, in the parameters and in the moments. */
  async function expectPruned(trainer: Trainer, masks: Masks): Promise<void> {
    const flat = flattenMasks(trainer.spec, masks);
    const { first, second } = await trainer.optimiserState();
    const weights = flattenWeights(trainer.spec, await trainer.weights());
    for (const [i, kept] of flat.entries())
      if (kept === 0) expect([weights[i], first[i], second[i]]).toEqual([0, 0, 0]);
  }

  test.each<[string, OptimiserOptions]>([
    ['Adam', { adam: { beta2: 0.999, epsilon: 1e-3, decoupledWeightDecay: 0.1 } }],
    ['Adam without an epsilon', { adam: { beta2: 0.999, epsilon: 0 } }],
    ['gradient descent', { sgd: { nesterov: true, weightDecay: 0.1 } }],
  ])('keep pruned weights and their moments at exactly 0 through steps of %s', async (_, options) => {
    const data = sampleData(smallSpec, 16, 1);
    const trainer = openTrainer(backend, smallSpec, { batchSize: 16, ...options });
    trainer.load(unflattenWeights(smallSpec, sampleParameters(smallSpec, 1)));
    for (let i = 0; i < 2; i++) trainer.step(data, rows, settings);
    const masks = randomMasks(smallSpec, 0.5, 2);
    trainer.mask(masks);
    await expectPruned(trainer, masks);
    for (let i = 0; i < 5; i++) trainer.step(data, rows, settings);
    await expectPruned(trainer, masks);
    trainer.load(unflattenWeights(smallSpec, sampleParameters(smallSpec, 3)));
    const count = flattenMasks(smallSpec, {}).length;
    trainer.restore({ steps: 3, first: new Float32Array(count).fill(1), second: new Float32Array(count).fill(1) });
    await expectPruned(trainer, masks);
    trainer.dispose();
  });

  test('leave what they keep to be trained as if the rest were not there', async () => {
    await fc.assert(
      fc.asyncProperty(anyBlockNetwork, fc.integer({ min: 0, max: 1e6 }), async (spec: BlockNetwork, seed) => {
        const data = sampleRows(spec, 16, seed);
        const trainer = openTrainer(backend, spec, { batchSize: 16, sgd: {} });
        trainer.load(unflattenWeights(spec, sampleNumbers(spec, seed)));
        const masks = randomMasks(spec, 0.3, seed);
        trainer.mask(masks);
        const before = flattenWeights(spec, await trainer.weights());
        const gradient = await trainer.gradient(data, rows, streams(seed)('dropout'));
        trainer.step(data, rows, { learningRate: 1, beta1: 0 }, streams(seed)('dropout'));
        const after = flattenWeights(spec, await trainer.weights());
        const slopes = Object.values(gradient).flatMap((part) => [...part.data]);
        for (const [i, kept] of flattenMasks(spec, masks).entries())
          expect(after[i]! + 0).toBe(kept === 0 ? 0 : Math.fround(before[i]! - slopes[i]!));
        trainer.dispose();
      }),
      { numRuns: name === 'portable' ? 20 : 5 },
    );
  });

  test('may prune everything: the network then predicts 1/2 for every row', async () => {
    const data = sampleData(smallSpec, 16, 1);
    const trainer = openTrainer(backend, smallSpec, { batchSize: 16, adam: { beta2: 0.999, epsilon: 0 } });
    trainer.mask(randomMasks(smallSpec, 1, 1));
    trainer.load(unflattenWeights(smallSpec, sampleParameters(smallSpec, 1)));
    trainer.step(data, rows, settings);
    expect(await trainer.predict(data)).toEqual(new Float32Array(16).fill(0.5));
    trainer.dispose();
  });

  test('are held by a training from its initial weights on, also when it is resumed, and end with it', async () => {
    const folds = [sampleData(smallSpec, 64, 1)];
    const validation = sampleData(smallSpec, 32, 2);
    const masks = randomMasks(smallSpec, 0.4, 5);
    const trainer = openTrainer(backend, smallSpec, { batchSize: 16, adam: { beta2: 0.999, epsilon: 1e-3 } });
    const run = (subEpochs: number, checkpoint = memoryCheckpoint()) =>
      train({
        trainer,
        folds,
        validation,
        schedule: constantSchedule({ learningRate: 1e-2 }),
        subEpochs,
        rng: streams(1),
        masks,
        checkpoint,
        checkpointEvery: 2,
      });
    const whole = await run(6);
    const checkpoint = memoryCheckpoint();
    await run(4, checkpoint);
    expect((await run(6, checkpoint)).weights).toEqual(whole.weights);
    const flat = flattenWeights(smallSpec, whole.weights);
    for (const [i, kept] of flattenMasks(smallSpec, masks).entries()) if (kept === 0) expect(flat[i]! + 0).toBe(0);
    const { weights }: { weights: Weights } = await train({
      trainer,
      folds,
      validation,
      schedule: constantSchedule({ learningRate: 1e-2 }),
      subEpochs: 1,
      rng: streams(1),
    });
    expect(weights['hidden.0.weight']!.data.every((value) => value !== 0)).toBe(true);
    trainer.dispose();
  });
});

describe('a mask', () => {
  const shape = [5, 8];
  test.each<[string, Masks, string]>([
    [
      'of another shape',
      { 'hidden.0.weight': { shape: [8, 5], data: new Uint8Array(40) } },
      'The mask for "hidden.0.weight" has shape [8, 5]; the parameter has [5, 8].',
    ],
    [
      'of no parameter',
      { 'hidden.9.weight': { shape, data: new Uint8Array(40) } },
      'There is a mask for "hidden.9.weight", a parameter which this network does not have.',
    ],
    [
      'that is not 0 or 1',
      { 'hidden.0.weight': { shape, data: new Float32Array(40).fill(0.5) } },
      'The mask for "hidden.0.weight" holds 0.5; a mask is 0 (pruned) or 1 (kept).',
    ],
  ])('%s is refused', (_, masks, message) => {
    expect(() => flattenMasks(smallSpec, masks)).toThrow(new DataError(message));
  });
});
