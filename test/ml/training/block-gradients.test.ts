import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openTrainer } from '../../../src/ml/backends/open-trainer.ts';
import type { TrainingSet } from '../../../src/ml/data/dataset.ts';
import { drawGains, emptyGains } from '../../../src/ml/network/dropout.ts';
import { graphOf } from '../../../src/ml/network/graph-of.ts';
import type { Block, BlockNetwork } from '../../../src/ml/network/spec.ts';
import { unflattenWeights } from '../../../src/ml/network/weights.ts';
import type { PortableBackend } from '../../../src/ml/portable/backend.ts';
import { scalarMachine } from '../../../src/ml/portable/machine.ts';
import type { TensorFlowBackend } from '../../../src/ml/tensorflow/backend.ts';
import { testedBackends, useBackend } from '../backends/tested-backends.ts';
import { anyBlockNetwork, sampleNumbers, sampleRows } from '../block-networks.ts';
import { type Known, type Mode, reference } from '../reference-blocks.ts';
import { streams } from '../samples.ts';

const seeds = fc.integer({ min: 0, max: 1e6 });
const options = (batchSize: number) => ({ batchSize, adam: { beta2: 0.999, epsilon: 1e-3 } });
const allRows = (rows: number): Uint32Array => Uint32Array.from({ length: rows }, (_, i) => i);

function known(spec: BlockNetwork, numbers: Float32Array): Known {
  return new Map(Object.entries(unflattenWeights(spec, numbers)).map(([name, { data }]) => [name, data]));
}

/** The reference in training, with what this stream drops. */
function training(spec: BlockNetwork, rows: number, seed: number): Mode {
  const drawn = emptyGains(graphOf(spec), rows);
  if (drawn.length > 0) drawGains(drawn, streams(seed)('dropout'));
  const gain = (dropout: number, row: number, neuron: number): number => {
    const { width, gains } = drawn[dropout]!;
    return gains[(Math.floor(row / 32) * width + neuron) * 32 + (row % 32)]!;
  };
  return { training: true, gain };
}

/** The largest difference, relative to the largest number or 1. */
function difference(found: ArrayLike<number>, exact: readonly number[]): number {
  expect(found.length).toBe(exact.length);
  return Math.max(0, ...exact.map((value, i) => Math.abs(value - found[i]!))) / Math.max(1, ...exact.map(Math.abs));
}

const one = { kind: 'layers', layers: [{ width: 3, activation: 'swish' }] } as const;
const two: Block = { kind: 'dense', layers: [...one.layers, { width: 2, activation: 'selu' }] };

describe('the float64 reference of networks of blocks', () => {
  test('has the gradient that central differences give, for every parameter', () => {
    const step = 1e-5;
    fc.assert(
      fc.property(anyBlockNetwork, seeds, (spec, seed) => {
        const data = sampleRows(spec, 4, seed);
        const numbers = known(spec, sampleNumbers(spec, seed));
        const mode = training(spec, 4, seed);
        const exact = reference(spec, numbers, data, mode).gradient;
        for (const [name, values] of exact) {
          for (const i of values.keys()) {
            const lossWith = (change: number): number => {
              const moved = Float64Array.from(numbers.get(name)!, (value, j) => (j === i ? value + change : value));
              return reference(spec, new Map([...numbers, [name, moved]]), data, mode).loss;
            };
            const found = (lossWith(step) - lossWith(-step)) / (2 * step);
            // A batch norm of four rows is steep: its third derivative makes the truncation.
            expect(Math.abs(found - values[i]!), name).toBeLessThan(1e-6 * Math.max(1, Math.abs(values[i]!)));
          }
        }
      }),
      { numRuns: 5, seed: 5 },
    );
  });
});

describe.each(testedBackends)('a network of blocks on %s', (name) => {
  let backend: PortableBackend | TensorFlowBackend;
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

test('scalar and compiled kernels give the same bits for networks of blocks', async () => {
  const { openBackend } = await import('../../../src/ml/backends/backends.ts');
  const compiled = await openBackend('portable');
  const scalar: PortableBackend = { ...compiled, machine: scalarMachine };
  await fc.assert(
    fc.asyncProperty(anyBlockNetwork, seeds, fc.integer({ min: 2, max: 300 }), async (spec, seed, batchSize) => {
      const data = sampleRows(spec, batchSize, seed);
      const results = await Promise.all(
        [compiled, scalar].map(async (backend) => {
          const trainer = openTrainer(backend, spec, options(batchSize));
          trainer.load(unflattenWeights(spec, sampleNumbers(spec, seed)));
          for (let step = 0; step < 3; step++)
            trainer.step(
              data,
              allRows(batchSize),
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
