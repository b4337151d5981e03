import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ComputeBackend } from '../../../src/core/authoring/stage.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import { openBackend } from '../../../src/ml/backends/backends.ts';
import type { TrainingSet } from '../../../src/ml/data/dataset.ts';
import { parameterCount } from '../../../src/ml/network/network.ts';
import type { NetworkSpec, Perceptron } from '../../../src/ml/network/spec.ts';
import { unflattenWeights } from '../../../src/ml/network/weights.ts';
import { referenceGradient } from '../reference-network.ts';
import { anySpec, referenceSpec, sampleData, sampleParameters } from '../samples.ts';
import { testedBackends, useBackend } from '../backends/tested-backends.ts';

const allRows = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_, i) => i);
const seeds = fc.integer({ min: 0, max: 1e6 });

describe.each(testedBackends)('the gradient on %s', (name) => {
  let backend: ComputeBackend;
  useBackend(name, (opened) => (backend = opened));

  /** The largest difference from the reference, relative to the rows' contributions before they cancel in the sum. */
  async function error(spec: Perceptron, parameters: Float32Array, data: TrainingSet): Promise<number> {
    const exact = referenceGradient(spec, parameters, data).gradient;
    const found = await gradientOn(backend, spec, parameters, data);
    expect(found.length).toBe(parameterCount(spec));
    const contributions = new Float64Array(exact.length);
    for (let row = 0; row < data.rows; row++) {
      const own = referenceGradient(spec, parameters, oneRow(spec, data, row)).gradient;
      for (const [i, value] of own.entries()) contributions[i]! += Math.abs(value) / data.rows;
    }
    return Math.max(...exact.map((value, i) => Math.abs(value - found[i]!))) / Math.max(...contributions);
  }

  test('is that of the float64 reference, whatever the network', async () => {
    await fc.assert(
      fc.asyncProperty(anySpec, seeds, fc.integer({ min: 1, max: 20 }), async (spec, seed, rows) => {
        expect(await error(spec, sampleParameters(spec, seed), sampleData(spec, rows, seed))).toBeLessThan(1e-6);
      }),
      { numRuns: 40 },
    );
  });

  test('is that of the float64 reference for the network of the HiggsML study', async () => {
    const small = sampleParameters(referenceSpec, 3).map((value) => value / 4);
    expect(await error(referenceSpec, small, sampleData(referenceSpec, 64, 3))).toBeLessThan(1e-6);
  });
});

test('portable and tfjs-cpu have the same gradient to 1e-6, whatever the network', async () => {
  const [portable, tensorflow] = [await openBackend('portable'), await openBackend('tfjs-cpu')];
  await fc.assert(
    fc.asyncProperty(anySpec, seeds, fc.integer({ min: 1, max: 70 }), async (spec, seed, rows) => {
      const parameters = sampleParameters(spec, seed);
      const data = sampleData(spec, rows, seed);
      const found = await gradientOn(portable, spec, parameters, data);
      const other = await gradientOn(tensorflow, spec, parameters, data);
      const largest = Math.max(1, ...other.map(Math.abs));
      expect(Math.max(...found.map((value, i) => Math.abs(value - other[i]!))) / largest).toBeLessThan(1e-6);
    }),
    { numRuns: 40 },
  );
});

/** The gradient as one vector, in the order of the parameters. */
async function gradientOn(
  backend: ComputeBackend,
  spec: NetworkSpec,
  parameters: Float32Array,
  data: TrainingSet,
): Promise<Float32Array> {
  const trainer = openTrainer(backend, spec, { batchSize: data.rows, adam: { beta2: 0.999, epsilon: 1e-3 } });
  trainer.load(unflattenWeights(spec, parameters));
  const found = await trainer.gradient(data, allRows(data.rows));
  trainer.dispose();
  return Float32Array.from(Object.values(found).flatMap(({ data: part }) => [...part]));
}

function oneRow(spec: Perceptron, data: TrainingSet, row: number): TrainingSet {
  const part = <A extends Float32Array | Uint8Array | Int32Array>(array: A, width: number): A =>
    array.slice(row * width, (row + 1) * width) as A;
  return {
    rows: 1,
    continuous: part(data.continuous, spec.continuous),
    codes: part(data.codes, spec.embeddings.length),
    targets: part(data.targets, 1),
    weights: part(data.weights, 1),
  };
}
