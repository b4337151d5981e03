import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import type { TrainingSet } from '../../../src/ml/data/dataset.ts';
import { initialise } from '../../../src/ml/network/initialise.ts';
import type { Perceptron } from '../../../src/ml/network/spec.ts';
import type { PortableBackend } from '../../../src/ml/portable/backend.ts';
import { scalarMachine } from '../../../src/ml/portable/machine.ts';
import { oneCycleSchedule } from '../../../src/ml/training/schedules.ts';
import type { TensorFlowBackend } from '../../../src/ml/tensorflow/backend.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import { flattenWeights, unflattenWeights } from '../../../src/ml/network/weights.ts';
import { anyBlockNetwork, sampleNumbers, sampleRows } from '../block-networks.ts';
import { anySpec, referenceSpec, sampleData, smallSpec, streams } from '../samples.ts';

const seeds = fc.integer({ min: 0, max: 1e6 });
const schedule = oneCycleSchedule({
  riseSteps: 80,
  fallSteps: 120,
  learningRate: { start: 1e-4, peak: 1e-2, end: 0 },
  beta1: { high: 0.95, low: 0.85 },
});

let portable: PortableBackend;
let tensorflow: TensorFlowBackend;
beforeAll(async () => {
  portable = await openBackend('portable');
  tensorflow = await openBackend('tfjs-cpu');
});

/** The parameters after so many steps on batches drawn from `data`. */
async function trained(
  backend: PortableBackend | TensorFlowBackend,
  spec: Perceptron,
  data: TrainingSet,
  { batchSize, steps, seed }: { batchSize: number; steps: number; seed: number },
): Promise<Float32Array> {
  const trainer = openTrainer(backend, spec, { batchSize, adam: { beta2: 0.999, epsilon: 1e-3 } });
  trainer.load(initialise(spec, streams(seed)('init')));
  const random = streams(seed)('batches');
  const rows = new Uint32Array(batchSize);
  for (let step = 0; step < steps; step++) {
    for (let i = 0; i < batchSize; i++) rows[i] = random.integer(data.rows);
    trainer.step(data, rows, schedule(step));
  }
  const weights = flattenWeights(spec, await trainer.weights());
  trainer.dispose();
  return weights;
}

const worst = (a: Float32Array, b: Float32Array): number => Math.max(...a.map((value, i) => Math.abs(value - b[i]!)));

describe('after 200 steps portable and tfjs-cpu have the same parameters to 1e-5', () => {
  test('whatever the network', { timeout: 240_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, seeds, fc.integer({ min: 1, max: 70 }), async (spec, seed, batchSize) => {
        const data = sampleData(spec, 200, seed);
        const run = { batchSize, steps: 200, seed };
        const found = await trained(portable, spec, data, run);
        expect(worst(found, await trained(tensorflow, spec, data, run))).toBeLessThan(1e-5);
      }),
      { numRuns: 12 },
    );
  });

  test('for a network with layers of 33, densely connected', { timeout: 240_000 }, async () => {
    const spec = { ...referenceSpec, depth: 3 };
    const data = sampleData(spec, 500, 1);
    const run = { batchSize: 40, steps: 200, seed: 1 };
    const found = await trained(portable, spec, data, run);
    expect(worst(found, await trained(tensorflow, spec, data, run))).toBeLessThan(1e-5);
  });
});

describe('the plan', () => {
  test('gives the same bits with scalar kernels, whatever the network', async () => {
    const scalar: PortableBackend = { ...portable, machine: scalarMachine };
    await fc.assert(
      fc.asyncProperty(anySpec, seeds, fc.integer({ min: 1, max: 70 }), async (spec, seed, batchSize) => {
        const data = sampleData(spec, 100, seed);
        const run = { batchSize, steps: 5, seed };
        expect(await trained(portable, spec, data, run)).toEqual(await trained(scalar, spec, data, run));
      }),
      { numRuns: 25 },
    );
  });

  test('does not depend on earlier contents of memory, in rows that only fill up a block', async () => {
    const data = sampleData(smallSpec, 300, 2);
    const run = (predictFirst: boolean): Promise<Float32Array[]> => step(predictFirst ? data : undefined);
    const step = async (before: TrainingSet | undefined): Promise<Float32Array[]> => {
      const trainer = openTrainer(portable, smallSpec, { batchSize: 33, adam: { beta2: 0.999, epsilon: 1e-3 } });
      trainer.load(initialise(smallSpec, streams(1)('init')));
      if (before !== undefined) await trainer.predict(before);
      trainer.step(
        data,
        Uint32Array.from({ length: 33 }, (_, i) => i),
        schedule(50),
      );
      return [flattenWeights(smallSpec, await trainer.weights()), await trainer.predict(data)];
    };
    expect(await run(true)).toEqual(await run(false));
  });
});

test('scalar and compiled kernels give the same bits for networks of blocks', async () => {
  const compiled = await openBackend('portable');
  const scalar: PortableBackend = { ...compiled, machine: scalarMachine };
  await fc.assert(
    fc.asyncProperty(anyBlockNetwork, seeds, fc.integer({ min: 2, max: 300 }), async (spec, seed, batchSize) => {
      const data = sampleRows(spec, batchSize, seed);
      const results = await Promise.all(
        [compiled, scalar].map(async (backend) => {
          const trainer = openTrainer(backend, spec, { batchSize, adam: { beta2: 0.999, epsilon: 1e-3 } });
          trainer.load(unflattenWeights(spec, sampleNumbers(spec, seed)));
          for (let step = 0; step < 3; step++)
            trainer.step(
              data,
              Uint32Array.from({ length: batchSize }, (_, i) => i),
              { learningRate: 1e-3, beta1: 0.9 },
              streams(seed)(`dropout/${step}`),
            );
          return { weights: await trainer.weights(), predictions: await trainer.predict(data) };
        }),
      );
      expect(results[0]).toEqual(results[1]);
    }),
    { numRuns: 25 },
  );
});
