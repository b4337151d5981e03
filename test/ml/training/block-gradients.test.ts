import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ComputeBackend } from '../../../src/core/authoring/stage.ts';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import type { TrainingSet } from '../../../src/ml/data/dataset.ts';
import type { Block, BlockNetwork } from '../../../src/ml/network/spec.ts';
import { unflattenWeights } from '../../../src/ml/network/weights.ts';
import { testedBackends, useBackend } from '../backends/tested-backends.ts';
import { anyBlockNetwork, known, sampleNumbers, sampleRows, training } from '../block-networks.ts';
import { reference } from '../reference-blocks.ts';
import { streams } from '../samples.ts';

const seeds = fc.integer({ min: 0, max: 1e6 });
const options = (batchSize: number) => ({ batchSize, adam: { beta2: 0.999, epsilon: 1e-3 } });
const allRows = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_, i) => i);

/** The largest difference, relative to the largest number or 1. */
function difference(found: ArrayLike<number>, exact: readonly number[]): number {
  expect(found.length).toBe(exact.length);
  return Math.max(0, ...exact.map((value, i) => Math.abs(value - found[i]!))) / Math.max(1, ...exact.map(Math.abs));
}

const one = { kind: 'layers', layers: [{ width: 3, activation: 'swish' }] } as const;
const two: Block = { kind: 'dense', layers: [...one.layers, { width: 2, activation: 'selu' }] };

describe.each(testedBackends)('a network of blocks on %s', (name) => {
  let backend: ComputeBackend;
  useBackend(name, (opened) => (backend = opened));

  async function check(spec: BlockNetwork, data: TrainingSet, seed: number): Promise<void> {
    const numbers = sampleNumbers(spec, seed);
    const trainer = openTrainer(backend, spec, options(data.rows));
    trainer.load(unflattenWeights(spec, numbers));
    const normalises = JSON.stringify(spec).includes('batchNorm');
    const exact = reference(spec, known(spec, numbers), data, training(spec, data.rows, seed));
    const found = await trainer.gradient(data, allRows(data.rows), streams(seed)('dropout'));
    for (const [parameter, { data: values }] of Object.entries(found)) {
      const wanted = exact.gradient.get(parameter) ?? Array.from(values, () => 0);
      const worst = Math.max(0, ...wanted.map((value, i) => Math.abs(value - values[i]!)));
      const largest = Math.max(1, ...wanted.map(Math.abs));
      // Sums of batch norm cancel: their rounding is relative to the terms, and grows with the condition.
      const scale = normalises ? exact.condition * Math.max(1e-30, ...(exact.sizes.get(parameter) ?? [])) : largest;
      expect(worst / scale, `${parameter} of ${JSON.stringify(spec)}`).toBeLessThan(1e-6);
    }
    const inUse = reference(spec, known(spec, numbers), data, { training: false });
    expect(Math.abs((await trainer.loss(data)) - inUse.loss)).toBeLessThan(1e-6 * Math.max(1, inUse.loss));
    expect(difference(await trainer.predict(data), inUse.predictions.flat())).toBeLessThan(2e-6);
    trainer.step(data, allRows(data.rows), { learningRate: 0, beta1: 0.9 }, streams(seed)('dropout'));
    const after = await trainer.weights();
    for (const [statistic, values] of exact.statistics)
      expect(difference(after[statistic]!.data, values), statistic).toBeLessThan(1e-6);
    trainer.dispose();
  }

  test(
    'has the gradient, loss, predictions and statistics of the float64 reference',
    { timeout: 120_000 },
    async () => {
      await fc.assert(
        fc.asyncProperty(anyBlockNetwork, seeds, fc.integer({ min: 8, max: 20 }), async (spec, seed, rows) => {
          await check(spec, sampleRows(spec, rows, seed), seed);
        }),
        { numRuns: name === 'portable' ? 40 : 8 },
      );
    },
  );

  test.each<[string, readonly Block[]]>([
    ['of which the first gives what it takes', [one, { kind: 'parallel', branches: [{}, { body: one }] }]],
    ['of which two give what they take', [one, { kind: 'parallel', branches: [{}, {}, { body: one }] }]],
    ['densely connected, on the same features', [one, { kind: 'parallel', branches: [{ body: two }, { body: two }] }]],
  ])('has the gradient of the reference with branches %s', async (_, blocks) => {
    const body: Block = { kind: 'sequence', blocks };
    const heads = [{ kind: 'sigmoid', outputs: 1 }] as const;
    const spec: BlockNetwork = {
      kind: 'blocks',
      continuous: 3,
      embeddings: [{ cardinality: 2, size: 2 }],
      body,
      heads,
    };
    await check(spec, sampleRows(spec, 16, 1), 1);
  });

  test('has the gradient of the reference for a batch that goes through in parts, with dropout and PReLU', async () => {
    const layers = [
      { width: 6, activation: 'prelu', dropout: 0.25 },
      { width: 4, activation: 'prelu' },
    ] as const;
    const spec: BlockNetwork = {
      kind: 'blocks',
      continuous: 3,
      embeddings: [{ cardinality: 4, size: 2 }],
      body: { kind: 'dense', layers },
      heads: [
        { kind: 'sigmoid', outputs: 1 },
        { kind: 'softmax', outputs: 3 },
      ],
    };
    // Without batch norm, portable takes 256 rows at a time.
    await check(spec, sampleRows(spec, 300, 2), 2);
  });
});
