import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { initialise } from '../../../src/ml/network/initialise.ts';
import { defaultEmbeddingSize, parameterCount, parameterShapes } from '../../../src/ml/network/network.ts';
import type { Perceptron } from '../../../src/ml/network/spec.ts';
import { flattenWeights, unflattenWeights } from '../../../src/ml/network/weights.ts';
import { anySpec, referenceSpec, sampleParameters, smallSpec, streams } from '../samples.ts';

const wide = (continuous: number, embeddings: Perceptron['embeddings']): Perceptron => ({
  continuous,
  embeddings,
  depth: 4,
  width: 100,
  activation: 'relu',
  dense: false,
});

describe('a network', () => {
  test.each([
    // The parameter counts that LUMIN printed for the HiggsML study (github GilesStrong/HiggsML_Lumin, notebooks 0, 2,
    // 3, 13).
    ['31 inputs to 4 x 100', wide(31, []), 33_601],
    ['30 inputs and an embedding to 4 x 100', wide(30, [{ cardinality: 4, size: 3 }]), 33_813],
    ['29 inputs and an embedding to 4 x 100', wide(29, [{ cardinality: 4, size: 3 }]), 33_713],
    ['30 inputs and an embedding to 6 x 33, dense', referenceSpec, 23_113],
  ])('of %s has as many parameters as the study says', (_, spec, count) => {
    expect(parameterCount(spec)).toBe(count);
  });

  test('names its parameters in a fixed order', () => {
    expect(parameterShapes(smallSpec)).toEqual([
      { name: 'embedding.0', shape: [3, 2] },
      { name: 'hidden.0.weight', shape: [5, 8] },
      { name: 'hidden.0.bias', shape: [8] },
      { name: 'hidden.1.weight', shape: [13, 8] },
      { name: 'hidden.1.bias', shape: [8] },
      { name: 'output.weight', shape: [8, 1] },
      { name: 'output.bias', shape: [1] },
    ]);
  });

  test('that makes no sense is refused', () => {
    expect(() => parameterShapes({ ...smallSpec, depth: 0 })).toThrow(
      new RangeError('The depth of a network must be a whole number of at least 1, not 0.'),
    );
    expect(() => parameterShapes({ ...smallSpec, width: 1.5 })).toThrow(RangeError);
    expect(() => parameterShapes({ ...smallSpec, embeddings: [{ cardinality: 0, size: 1 }] })).toThrow(RangeError);
    expect(() => parameterShapes({ ...smallSpec, continuous: 0, embeddings: [] })).toThrow(/at least one input/);
  });

  test('embeds by the rule of LUMIN by default', () => {
    expect([1, 2, 4, 10, 98, 99, 1000].map(defaultEmbeddingSize)).toEqual([1, 1, 2, 5, 49, 50, 50]);
  });
});

describe('fresh weights', () => {
  const {
    'hidden.1.weight': hidden,
    'embedding.0': embedding,
    ...others
  } = initialise({ ...referenceSpec, width: 300, embeddings: [{ cardinality: 1000, size: 30 }] }, streams(1)('init'));
  const std = (values: Float32Array): number =>
    Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);

  test('have the standard deviations of Kaiming, Xavier and the embedding', () => {
    // 108,000 draws: the standard error of a standard deviation is 0.2 %.
    expect(std(hidden!.data) / Math.sqrt(2 / 360)).toBeCloseTo(1, 1.7);
    expect(std(embedding!.data)).toBeCloseTo(1, 1.7);
    // 300 draws: 4 %.
    expect(Math.abs(std(others['output.weight']!.data) / Math.sqrt(2 / 301) - 1)).toBeLessThan(0.15);
    expect(others['hidden.0.bias']!.data.every((value) => value === 0)).toBe(true);
  });

  test('are the same for the same stream, and different for another', () => {
    expect(initialise(smallSpec, streams(1)('init'))).toEqual(initialise(smallSpec, streams(1)('init')));
    expect(initialise(smallSpec, streams(1)('init'))).not.toEqual(initialise(smallSpec, streams(2)('init')));
  });
});

describe('weights', () => {
  test('survive a round trip through a flat vector', () => {
    fc.assert(
      fc.property(anySpec, fc.nat(1000), (spec, seed) => {
        const flat = sampleParameters(spec, seed);
        expect(flattenWeights(spec, unflattenWeights(spec, flat))).toEqual(flat);
      }),
      { seed: 1 },
    );
  });

  test('of another network are refused by name', () => {
    const weights = initialise(smallSpec, streams(1)('init'));
    const deeper = { ...smallSpec, depth: 3 };
    expect(() => flattenWeights(deeper, weights)).toThrow(
      new DataError('The weights lack "hidden.2.weight" of shape [21, 8].'),
    );
    expect(() => flattenWeights(smallSpec, initialise(deeper, streams(1)('init')))).toThrow(
      new DataError('The weights hold "hidden.2.weight", which this network does not have.'),
    );
    expect(() => flattenWeights({ ...smallSpec, continuous: 4 }, weights)).toThrow(
      new DataError('The weights "hidden.0.weight" have shape [5, 8]; float32 [6, 8] is needed.'),
    );
    const doubles = { ...weights, 'output.bias': { shape: [1], data: Float64Array.of(1) } };
    expect(() => flattenWeights(smallSpec, doubles)).toThrow(/^The weights "output\.bias" have shape \[1\]; float32/);
    expect(() => unflattenWeights(smallSpec, new Float32Array(3))).toThrow(RangeError);
  });
});
