/** What each criterion prunes, against small networks worked by hand, and what holds for any network. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataError, type Tensors } from 'restage';
import { initialise, type NetworkSpec, parameterShapes, type Weights } from 'restage/ml';
import {
  connectionsOf,
  type Criterion,
  criterion,
  pruned,
  similarity,
  wholeMasks,
} from '../../../pipelines/pruning/criteria.ts';
import { streams } from '../../ml/samples.ts';

const NETWORK: Weights = {
  'hidden.0.weight': { shape: [2, 3], data: Float32Array.of(0.5, -0.1, 0.3, -0.2, 0.05, 0.9) },
  'hidden.0.bias': { shape: [3], data: Float32Array.of(1, 2, 3) },
  'hidden.1.weight': { shape: [3, 2], data: Float32Array.of(4, -0.01, 3, 0.02, -5, 6) },
  'hidden.1.bias': { shape: [2], data: Float32Array.of(1, 2) },
  'output.weight': { shape: [2, 1], data: Float32Array.of(0.001, 0.002) },
  'output.bias': { shape: [1], data: Float32Array.of(0) },
};

function of(by: Criterion, share: number, network = NETWORK, masks: Tensors = wholeMasks(network), seed = 1) {
  return pruned(network, masks, { criterion: by, share, random: streams(seed)('prune') });
}

function ones(masks: Tensors): Record<string, number[]> {
  return Object.fromEntries(Object.entries(masks).map(([name, { data }]) => [name, [...data].map(Number)]));
}

describe('a criterion', () => {
  test('"global" takes the smallest connections of all, wherever they are', () => {
    // 4 of 12: 0.01, 0.02, 0.05, 0.1
    expect(ones(of('global', 1 / 3))).toEqual({
      'hidden.0.weight': [1, 0, 1, 1, 0, 1],
      'hidden.0.bias': [1, 1, 1],
      'hidden.1.weight': [1, 0, 1, 0, 1, 1],
      'hidden.1.bias': [1, 1],
      'output.weight': [1, 1],
      'output.bias': [1],
    });
  });

  test('"layer" takes the smallest of each matrix', () => {
    expect(ones(of('layer', 0.5))).toMatchObject({
      'hidden.0.weight': [1, 0, 1, 0, 0, 1],
      'hidden.1.weight': [1, 0, 0, 0, 1, 1],
    });
  });

  test('"neuron" takes columns of the smallest norm with their biases', () => {
    // Norms of the first layer: 0.54, 0.11, 0.95; of the second: 7.07, 6.00.
    expect(ones(of('neuron', 0.4))).toMatchObject({
      'hidden.0.weight': [1, 0, 1, 1, 0, 1],
      'hidden.0.bias': [1, 0, 1],
      'hidden.1.weight': [1, 0, 1, 0, 1, 0],
      'hidden.1.bias': [1, 0],
      'output.weight': [1, 1],
    });
  });

  test('"random" takes as many, others with another seed, and the same with the same', () => {
    const [first, again, other] = [1, 1, 2].map((seed) => ones(of('random', 0.5, NETWORK, wholeMasks(NETWORK), seed)));
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  test('leaves the output of a network of blocks, its heads, whole', () => {
    const blocks: Weights = {
      'body.0.weight': { shape: [1, 2], data: Float32Array.of(5, 6) },
      'body.0.bias': { shape: [2], data: new Float32Array(2) },
      'head.0.weight': { shape: [2, 1], data: Float32Array.of(0.1, 0.2) },
    };
    for (const by of criterion.options) expect(of(by, 0.5, blocks)['head.0.weight']!.data).toEqual(Uint8Array.of(1, 1));
  });

  test('counts from what is left, rounded: of 6, half are 3, and of 3, half are 2', () => {
    const half = of('layer', 0.5);
    expect(connectionsOf(half)).toEqual({ all: 12, left: 6 });
    expect(connectionsOf(of('layer', 0.5, NETWORK, half))).toEqual({ all: 12, left: 2 });
  });

  test('refuses to leave a layer without a connection, and says which', () => {
    const zero: Weights = { ...NETWORK, 'hidden.0.weight': { shape: [2, 3], data: new Float32Array(6) } };
    expect(() => of('global', 0.5, zero)).toThrow(
      new DataError(
        'Pruning 0.5 of what is left by "global" leaves no connection in hidden.0.weight; prune a smaller share, or fewer times.',
      ),
    );
  });
});

const anyNetwork = fc
  .record({
    depth: fc.integer({ min: 1, max: 3 }),
    width: fc.integer({ min: 4, max: 9 }),
    dense: fc.boolean(),
    seed: fc.nat(),
  })
  .map(({ seed, ...layers }) => {
    const spec: NetworkSpec = { ...layers, continuous: 5, embeddings: [], activation: 'relu' };
    return { spec, weights: initialise(spec, streams(seed)('init')) };
  });

describe('masks of any network', () => {
  test('only ever lose connections, as many as the share says, and nothing but connections and neurons', () => {
    fc.assert(
      fc.property(
        anyNetwork,
        fc.constantFrom(...criterion.options),
        fc.double({ min: 0.05, max: 0.3, noNaN: true }),
        ({ spec, weights }, by, share) => {
          let masks: Tensors = wholeMasks(weights);
          for (let level = 0; level < 3; level++) {
            const before = masks;
            masks = of(by, share, weights, before);
            for (const { name } of parameterShapes(spec)) {
              const [old, now] = [before[name]!.data, masks[name]!.data];
              for (let i = 0; i < now.length; i++) expect(Number(now[i])).toBeLessThanOrEqual(Number(old[i]));
              const stays = name.startsWith('output.') || (name.endsWith('.bias') && by !== 'neuron');
              if (stays) expect(now.includes(0)).toBe(false);
            }
            const left = connectionsOf(before).left;
            if (by === 'global' || by === 'random')
              expect(connectionsOf(masks).left).toBe(left - Math.round(share * left));
          }
        },
      ),
    );
  });
});

describe('the likeness of masks', () => {
  test('is 1 of equal ones, and what both have of what either has of others', () => {
    const some = of('global', 1 / 3);
    expect(similarity(some, some).jaccard).toBe(1);
    // 8 connections and 6; all of the 6 but one are among the 8.
    const others = of('layer', 0.5);
    expect(similarity(some, others)).toEqual({
      jaccard: 6 / 8,
      byChance: (8 / 12) * (6 / 12) * (1 / (8 / 12 + 6 / 12 - 4 / 12)) + 0,
    });
  });

  test('by chance is what random masks come to', () => {
    const spec: NetworkSpec = { depth: 2, width: 60, dense: false, continuous: 60, embeddings: [], activation: 'relu' };
    const weights = initialise(spec, streams(3)('init'));
    const [some, others] = [1, 2].map((seed) => of('random', 0.7, weights, wholeMasks(weights), seed));
    const { jaccard, byChance } = similarity(some!, others!);
    expect(jaccard).toBeCloseTo(byChance, 2);
  });

  test('is refused of networks of two shapes', () => {
    const small: Weights = { 'hidden.0.weight': { shape: [1, 1], data: Float32Array.of(1) } };
    expect(() => similarity(wholeMasks(NETWORK), wholeMasks(small))).toThrow(/networks of different shapes/);
  });
});
