/** Networks and data for the tests: random, but the same in every run. */
import fc from 'fast-check';
import { nodeSeed, type RandomStreams, streamsOf } from '../../src/core/identity/random.ts';
import type { Checkpoint, CheckpointValue } from '../../src/core/authoring/stage.ts';
import type { TrainingSet } from '../../src/ml/data/dataset.ts';
import { initialise } from '../../src/ml/network/initialise.ts';
import { parameterCount } from '../../src/ml/network/network.ts';
import type { Perceptron } from '../../src/ml/network/spec.ts';
import { freshOptimiser, type Trainer } from '../../src/ml/training/trainer.ts';

/** The HiggsML study's final network (arXiv:2002.01427): 23,113 parameters. */
export const referenceSpec: Perceptron = {
  continuous: 30,
  embeddings: [{ cardinality: 4, size: 3 }],
  depth: 6,
  width: 33,
  activation: 'swish',
  dense: true,
};

export const smallSpec: Perceptron = {
  continuous: 3,
  embeddings: [{ cardinality: 3, size: 2 }],
  depth: 2,
  width: 8,
  activation: 'swish',
  dense: true,
};

export function streams(seed: number): RandomStreams {
  return streamsOf(nodeSeed(seed, 'test/ml', ''));
}

export const anySpec: fc.Arbitrary<Perceptron> = fc
  .record({
    continuous: fc.integer({ min: 0, max: 4 }),
    embeddings: fc.array(
      fc.record({ cardinality: fc.integer({ min: 1, max: 4 }), size: fc.integer({ min: 1, max: 3 }) }),
      { maxLength: 2 },
    ),
    depth: fc.integer({ min: 1, max: 4 }),
    width: fc.integer({ min: 1, max: 5 }),
    activation: fc.constantFrom('relu' as const, 'swish' as const),
    dense: fc.boolean(),
  })
  .filter(({ continuous, embeddings }) => continuous + embeddings.length > 0);

/** Rows whose target can be learned from their first input and first code. */
export function sampleData(spec: Perceptron, rows: number, seed: number): TrainingSet {
  const random = streams(seed)('data');
  const continuous = Float32Array.from({ length: rows * spec.continuous }, () => random.normal());
  const codes = Uint8Array.from({ length: rows * spec.embeddings.length }, (_, i) =>
    random.integer(spec.embeddings[i % spec.embeddings.length]!.cardinality),
  );
  const targets = Uint8Array.from({ length: rows }, (_, row) => {
    const hint = (continuous[row * spec.continuous] ?? 0) + (codes[row * spec.embeddings.length] ?? 0) - 0.5;
    return hint + random.normal() > 0 ? 1 : 0;
  });
  const weights = Float32Array.from({ length: rows }, () => 0.5 + random.uniform());
  return { rows, continuous, codes, targets, weights };
}

/** Parameters all of similar size, including biases, as float32 values. */
export function sampleParameters(spec: Perceptron, seed: number): Float32Array {
  const random = streams(seed)('parameters');
  return Float32Array.from({ length: parameterCount(spec) }, () => 0.5 * random.normal());
}

/**
 * A trainer that does not train: its losses are given, 1 after the last. The output's bias is the number of earlier
 * losses.
 */
export function scriptedTrainer(losses: readonly number[], steps: Uint32Array[] = []): Trainer {
  let asked = 0;
  const weights = initialise(smallSpec, streams(1)('init'));
  return {
    spec: smallSpec,
    batchSize: 16,
    load: () => undefined,
    restore: () => undefined,
    dispose: () => undefined,
    mask: () => undefined,
    gradient: () => Promise.resolve({}),
    step: (_, rows) => void steps.push(rows.slice()),
    loss: () => Promise.resolve(losses[asked++] ?? 1),
    weights: () => Promise.resolve({ ...weights, 'output.bias': { shape: [1], data: Float32Array.of(asked - 1) } }),
    optimiserState: () => Promise.resolve(freshOptimiser(smallSpec)),
    predict: ({ rows }) => Promise.resolve(new Float32Array(rows)),
  };
}

/** A stage's checkpoint in memory; values are copied, as in a file. */
export function memoryCheckpoint(): Checkpoint & { saves: number } {
  let saved: CheckpointValue | undefined;
  return {
    saves: 0,
    load: () => Promise.resolve(structuredClone(saved)),
    save(value) {
      saved = structuredClone(value);
      this.saves++;
      return Promise.resolve();
    },
  };
}
