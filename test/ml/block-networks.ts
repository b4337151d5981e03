/** Random networks of blocks, with data and parameters for them: the same in every run. */
import fc from 'fast-check';
import type { Random } from '../../src/core/identity/random.ts';
import type { TrainingSet } from '../../src/ml/data/dataset.ts';
import { drawGains, emptyGains } from '../../src/ml/network/dropout.ts';
import { graphOf } from '../../src/ml/network/graph-of.ts';
import { parameterShapes, sizeOf, statisticShapes } from '../../src/ml/network/network.ts';
import type { Activation, Block, BlockNetwork, BlockBranch, Head, HiddenLayer } from '../../src/ml/network/spec.ts';
import { unflattenWeights } from '../../src/ml/network/weights.ts';
import type { Known, Mode } from './reference-blocks.ts';
import { streams } from './samples.ts';

const ACTIVATIONS = ['relu', 'swish', 'selu', 'prelu', 'identity'] as const;

/** One with every kind of block, layer and head. */
export const allKinds: BlockNetwork = {
  kind: 'blocks',
  continuous: 4,
  embeddings: [{ cardinality: 3, size: 3 }],
  body: {
    kind: 'sequence',
    blocks: [
      { kind: 'layers', layers: [{ width: 20, activation: 'prelu', batchNorm: 'before' }] },
      {
        kind: 'residual',
        layers: [
          { width: 9, activation: 'relu', dropout: 0.2 },
          { width: 20, activation: 'identity' },
        ],
      },
      {
        kind: 'parallel',
        branches: [
          {
            inputs: { embeddings: [0], continuous: [3, 1] },
            bottleneck: { width: 1, activation: 'swish' },
            body: { kind: 'layers', layers: [{ width: 8, activation: 'selu', dropout: 0.1 }] },
          },
          {
            body: {
              kind: 'dense',
              layers: [
                { width: 12, activation: 'swish' },
                { width: 7, activation: 'swish', batchNorm: 'after' },
                { width: 5, activation: 'swish' },
              ],
            },
          },
        ],
      },
    ],
  },
  heads: [
    { kind: 'sigmoid', outputs: 2 },
    { kind: 'softmax', outputs: 3, lossWeight: 0.5 },
    { kind: 'linear', outputs: 1 },
  ],
};

/** Networks of all kinds of block, layer and head. */
export const anyBlockNetwork: fc.Arbitrary<BlockNetwork> = fc
  .integer({ min: 0, max: 1e6 })
  .map((seed) => blockNetwork(streams(seed)('spec')));

function blockNetwork(random: Random): BlockNetwork {
  const continuous = random.integer(4) + 1;
  const embeddings = Array.from({ length: random.integer(3) }, () => ({
    cardinality: random.integer(4) + 1,
    size: random.integer(3) + 1,
  }));
  const width = continuous + embeddings.reduce((sum, { size }) => sum + size, 0);
  const spec = { kind: 'blocks', continuous, embeddings, body: { kind: 'sequence', blocks: [] }, heads: [] } as const;
  const heads = Array.from({ length: random.integer(3) + 1 }, (): Head => {
    const kind = pick(random, ['sigmoid', 'softmax', 'linear'] as const);
    return { kind, outputs: random.integer(3) + (kind === 'softmax' ? 2 : 1), lossWeight: pick(random, [1, 0.5, 3]) };
  });
  return { ...spec, heads, body: block(spec, random, width, 2).block };
}

/** A block, and how many features it gives. */
interface Built {
  readonly block: Block;
  readonly width: number;
}

function block(spec: BlockNetwork, random: Random, width: number, depth: number): Built {
  const kinds = ['layers', 'dense', 'residual', 'sequence', 'parallel'] as const;
  const kind = pick(random, depth === 0 ? kinds.slice(0, 3) : kinds);
  switch (kind) {
    case 'layers':
    case 'dense': {
      const layers = Array.from({ length: random.integer(3) + 1 }, () => layer(random));
      return { block: { kind, layers }, width: layers.at(-1)!.width };
    }
    case 'residual': {
      const layers = Array.from({ length: random.integer(2) }, () => layer(random));
      return { block: { kind, layers: [...layers, { ...layer(random), width }] }, width };
    }
    case 'sequence': {
      const blocks: Block[] = [];
      let taken = width;
      for (let i = 0; i <= random.integer(2); i++) {
        const built = block(spec, random, taken, depth - 1);
        blocks.push(built.block);
        taken = built.width;
      }
      return { block: { kind, blocks }, width: taken };
    }
    case 'parallel': {
      const built = Array.from({ length: random.integer(2) + 2 }, () => branch(spec, random, width, depth - 1));
      return {
        block: { kind, branches: built.map((one) => one.branch) },
        width: built.reduce((sum, one) => sum + one.width, 0),
      };
    }
  }
}

function branch(
  spec: BlockNetwork,
  random: Random,
  width: number,
  depth: number,
): { readonly branch: BlockBranch; readonly width: number } {
  const chosen = (count: number): readonly number[] =>
    random.shuffle(Array.from({ length: count }, (_, i) => i)).filter(() => random.integer(2) === 0);
  let taken = width;
  let choice: BlockBranch = {};
  const inputs = { embeddings: chosen(spec.embeddings.length), continuous: chosen(spec.continuous) };
  const count = inputs.embeddings.length + inputs.continuous.length;
  if (random.integer(3) > 0 && count > 0) {
    taken = inputs.embeddings.reduce((sum, i) => sum + spec.embeddings[i]!.size, inputs.continuous.length);
    const bottleneck = layer(random);
    const isWide = count < spec.embeddings.length + spec.continuous && random.integer(2) === 0;
    choice = isWide ? { inputs, bottleneck } : { inputs };
    if (isWide) taken += bottleneck.width;
  }
  if (random.integer(4) === 0) return { branch: choice, width: taken };
  const built = block(spec, random, taken, depth);
  return { branch: { ...choice, body: built.block }, width: built.width };
}

function layer(random: Random): HiddenLayer {
  return {
    width: random.integer(5) + 1,
    activation: pick<Activation>(random, ACTIVATIONS),
    batchNorm: pick(random, [undefined, undefined, undefined, 'before', 'after'] as const),
    dropout: pick(random, [0, 0, 0, 0.25]),
  };
}

function pick<T>(random: Random, values: readonly T[]): T {
  return values[random.integer(values.length)]!;
}

/** Rows of random inputs, targets and weights. */
export function sampleRows(spec: BlockNetwork, rows: number, seed: number): TrainingSet {
  const random = streams(seed)('rows');
  const { continuous, embeddings, heads } = spec;
  return {
    rows,
    continuous: Float32Array.from({ length: rows * continuous }, () => random.normal()),
    codes: Uint8Array.from({ length: rows * embeddings.length }, (_, i) =>
      random.integer(embeddings[i % embeddings.length]!.cardinality),
    ),
    targets: Float32Array.from(
      Array.from({ length: rows }, () =>
        heads.flatMap(({ kind, outputs }) => {
          if (kind === 'softmax') return [random.integer(outputs)];
          return Array.from({ length: outputs }, () => (kind === 'sigmoid' ? random.integer(2) : random.normal()));
        }),
      ).flat(),
    ),
    weights: Float32Array.from({ length: rows }, () => 0.5 + random.uniform()),
  };
}

/** All parameters and statistics as one vector, all of similar size; variances positive. */
export function sampleNumbers(spec: BlockNetwork, seed: number): Float32Array {
  const random = streams(seed)('numbers');
  return Float32Array.from(
    [...parameterShapes(spec), ...statisticShapes(spec)].flatMap(({ name, shape }) =>
      Array.from({ length: sizeOf(shape) }, () => {
        if (name.endsWith('.variance')) return 0.5 + random.uniform();
        return (name.endsWith('.scale') ? 1 : 0) + 0.5 * random.normal();
      }),
    ),
  );
}

/** Numbers of a network by their names. */
export function known(spec: BlockNetwork, numbers: Float32Array): Known {
  return new Map(Object.entries(unflattenWeights(spec, numbers)).map(([name, { data }]) => [name, data]));
}

/** The float64 reference in training, with what this stream drops. */
export function training(spec: BlockNetwork, rows: number, seed: number): Mode {
  const drawn = emptyGains(graphOf(spec), rows);
  if (drawn.length > 0) drawGains(drawn, streams(seed)('dropout'));
  const gain = (dropout: number, row: number, neuron: number): number => {
    const { width, gains } = drawn[dropout]!;
    return gains[(Math.floor(row / 32) * width + neuron) * 32 + (row % 32)]!;
  };
  return { training: true, gain };
}
