import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonical, jsonText } from '../../../src/core/identity/canonical.ts';
import { graphOf } from '../../../src/ml/network/graph-of.ts';
import { initialise } from '../../../src/ml/network/initialise.ts';
import {
  outputCount,
  parameterCount,
  parameterShapes,
  statisticShapes,
  targetCount,
} from '../../../src/ml/network/network.ts';
import { networkSpecSchema } from '../../../src/ml/network/network-schema.ts';
import type { Block, BlockNetwork, HiddenLayer } from '../../../src/ml/network/spec.ts';
import { anyBlockNetwork } from '../block-networks.ts';
import { anySpec, streams } from '../samples.ts';

const swish = (width: number): HiddenLayer => ({ width, activation: 'swish' });
const equal = (count: number, width: number): HiddenLayer[] => Array.from({ length: count }, () => swish(width));
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

/** Of 13 derived inputs, 17 measured ones and an embedding of 4 categories as 3 numbers. */
const study = (body: Block): BlockNetwork => ({
  kind: 'blocks',
  continuous: 30,
  embeddings: [{ cardinality: 4, size: 3 }],
  body,
  heads: [{ kind: 'sigmoid', outputs: 1 }],
});
const derived = { embeddings: [], continuous: numbers(0, 13) };
const measured = { embeddings: [0], continuous: numbers(13, 30) };

const small = (body: Block): BlockNetwork => ({
  kind: 'blocks',
  continuous: 3,
  embeddings: [{ cardinality: 2, size: 2 }],
  body,
  heads: [{ kind: 'sigmoid', outputs: 1 }],
});

describe('a network of blocks', () => {
  test.each<[string, Block, number]>([
    // What LUMIN 0.5.1 printed in notebooks 13 to 16 of github GilesStrong/HiggsML_Lumin.
    ['six dense layers of 33', { kind: 'dense', layers: equal(6, 33) }, 23_113],
    [
      'one layer of 50 on derived inputs beside six dense ones of 20 on the others',
      {
        kind: 'parallel',
        branches: [
          { inputs: derived, body: { kind: 'layers', layers: equal(1, 50) } },
          { inputs: measured, body: { kind: 'dense', layers: equal(6, 20) } },
        ],
      },
      9_303,
    ],
    [
      'the same, each with a bottleneck of one neuron on the other inputs and one neuron more',
      {
        kind: 'parallel',
        branches: [
          { inputs: derived, bottleneck: swish(1), body: { kind: 'layers', layers: equal(1, 51) } },
          { inputs: measured, bottleneck: swish(1), body: { kind: 'dense', layers: equal(6, 21) } },
        ],
      },
      10_272,
    ],
    [
      'one layer of 50 on derived inputs beside six dense ones of 33 on all',
      {
        kind: 'parallel',
        branches: [
          { inputs: derived, body: { kind: 'layers', layers: equal(1, 50) } },
          { body: { kind: 'dense', layers: equal(6, 33) } },
        ],
      },
      23_863,
    ],
  ])('of %s has as many parameters as the study says', (_, body, count) => {
    expect(parameterCount(study(body))).toBe(count);
  });

  test('names its parameters and statistics by where they are', () => {
    const spec: BlockNetwork = {
      ...small({
        kind: 'sequence',
        blocks: [
          { kind: 'layers', layers: [{ width: 4, activation: 'prelu', batchNorm: 'after' }] },
          {
            kind: 'parallel',
            branches: [
              { body: { kind: 'residual', layers: [swish(4)] } },
              { inputs: { embeddings: [], continuous: [2, 0] }, bottleneck: swish(1) },
            ],
          },
        ],
      }),
      heads: [
        { kind: 'softmax', outputs: 3 },
        { kind: 'linear', outputs: 2 },
      ],
    };
    expect(parameterShapes(spec).map(({ name, shape }) => `${name} ${shape.join('x')}`)).toEqual([
      'embedding.0 2x2',
      'body.0.0.weight 5x4',
      'body.0.0.bias 4',
      'body.0.0.slope 1',
      'body.0.0.scale 4',
      'body.0.0.shift 4',
      'body.1.0.0.weight 4x4',
      'body.1.0.0.bias 4',
      'body.1.1.bottleneck.weight 3x1',
      'body.1.1.bottleneck.bias 1',
      'head.0.weight 7x3',
      'head.0.bias 3',
      'head.1.weight 7x2',
      'head.1.bias 2',
    ]);
    expect(statisticShapes(spec).map(({ name }) => name)).toEqual(['body.0.0.mean', 'body.0.0.variance']);
    expect([outputCount(spec), targetCount(spec)]).toEqual([5, 3]);
  });

  test('asks for no derivative by continuous inputs that a branch chooses, and lays them out after its embeddings', () => {
    const { nodes, groups } = graphOf(
      small({
        kind: 'parallel',
        branches: [
          {
            inputs: { embeddings: [0], continuous: [2, 0] },
            bottleneck: swish(1),
            body: { kind: 'dense', layers: equal(2, 4) },
          },
          { inputs: { embeddings: [0], continuous: [1] } },
        ],
      }),
    );
    const described = (index: number): string => {
      const { op, width, learned } = nodes[index]!;
      return `${op} of ${width}${learned ? '' : ', given'}`;
    };
    const [embedded, given] = ['select of 2', 'select of 2, given'];
    expect(groups.map((group) => group.map(described))).toEqual([
      ['embedding of 2', 'continuous of 3, given'],
      ['select of 1, given'],
      ['layer of 4', embedded, given, 'layer of 1'],
      ['layer of 4', embedded, 'select of 1, given'],
    ]);
  });

  test.each<[string, Block, string]>([
    [
      'a residual block of another width',
      { kind: 'residual', layers: [swish(4)] },
      'The residual block "body" takes 5 features and its last layer has 4 neurons; give it 5.',
    ],
    ['no layers', { kind: 'dense', layers: [] }, 'The block "body" of a network has no layers; give it one at least.'],
    [
      'a layer without neurons',
      { kind: 'layers', layers: [swish(0)] },
      'The width of layer "body.0" of a network must be a whole number of at least 1, not 0.',
    ],
    [
      'dropout of everything',
      { kind: 'layers', layers: [{ ...swish(1), dropout: 1 }] },
      'The dropout of layer "body.0" must be at least 0 and below 1, not 1.',
    ],
    [
      'an input that does not exist',
      { kind: 'parallel', branches: [{ inputs: { embeddings: [], continuous: [3] } }] },
      'The branch "body.0" of a network takes continuous input 3, which does not exist or comes twice; there are 3, numbered from 0.',
    ],
    [
      'a bottleneck on nothing',
      { kind: 'parallel', branches: [{ bottleneck: swish(1) }] },
      'The branch "body.0" has a bottleneck but no "inputs", so it leaves none out; give it inputs.',
    ],
    [
      'a bottleneck beside all inputs',
      { kind: 'parallel', branches: [{ inputs: { embeddings: [0], continuous: [0, 1, 2] }, bottleneck: swish(1) }] },
      'The branch "body.0" of a network takes none of its inputs, or leaves none to its bottleneck.',
    ],
  ])('with %s is refused', (_, body, message) => {
    expect(() => parameterShapes(small(body))).toThrow(new RangeError(message));
  });

  test('without heads, or with a softmax of one class, is refused', () => {
    const body: Block = { kind: 'layers', layers: [swish(1)] };
    const withHeads = (heads: BlockNetwork['heads']): BlockNetwork => ({ ...small(body), heads });
    expect(() => parameterShapes(withHeads([]))).toThrow('A network needs at least one head.');
    expect(() => parameterShapes(withHeads([{ kind: 'softmax', outputs: 1 }]))).toThrow(
      'The number of outputs of "head.0" of a network must be a whole number of at least 2, not 1.',
    );
  });
});

describe('the initial weights of a layer', () => {
  const std = (values: Float32Array): number =>
    Math.sqrt(values.reduce((sum, value) => sum + value ** 2, 0) / values.length);

  test.each([
    // He et al., arXiv:1502.01852, eq. 10; Klambauer et al., arXiv:1706.02515, section 2; Glorot and Bengio, AISTATS
    // 2010, eq. 12.
    ['relu', Math.sqrt(2 / 200)],
    ['swish', Math.sqrt(2 / 200)],
    ['prelu', Math.sqrt(2 / 200)],
    ['selu', Math.sqrt(1 / 200)],
    ['identity', Math.sqrt(2 / 500)],
  ] as const)('before %s have its standard deviation', (activation, expected) => {
    const body: Block = { kind: 'layers', layers: [{ width: 300, activation, batchNorm: 'before' }] };
    const weights = initialise({ ...small(body), continuous: 198 }, streams(1)('init'));
    // 60,000 draws: the standard error of a standard deviation is 0.3 %.
    expect(Math.abs(std(weights['body.0.weight']!.data) / expected - 1)).toBeLessThan(0.012);
    expect(weights['body.0.slope']?.data).toEqual(activation === 'prelu' ? Float32Array.of(0.25) : undefined);
    for (const [part, value] of Object.entries({ bias: 0, scale: 1, shift: 0, mean: 0, variance: 1 }))
      expect(weights[`body.0.${part}`]!.data.every((found) => found === value)).toBe(true);
  });
});

describe('the schema of networks', () => {
  test('takes every network as it is, so that equal networks have equal keys', () => {
    fc.assert(
      fc.property(fc.oneof(anySpec, anyBlockNetwork), (spec) => {
        const plain: unknown = JSON.parse(JSON.stringify(spec));
        expect(jsonText(canonical(networkSpecSchema.parse(plain)))).toBe(jsonText(canonical(plain)));
      }),
      { numRuns: 50 },
    );
  });

  test('refuses what is not a network', () => {
    const body: Block = { kind: 'layers', layers: [swish(1)] };
    for (const wrong of [
      { ...small(body), kind: 'tree' },
      { ...small(body), heads: [] },
      small({ kind: 'layers', layers: [{ width: 1, activation: 'tanh' as 'relu' }] }),
      small({ kind: 'sequence', blocks: [{ ...body, layers: [] }] }),
      { ...small(body), depth: 3 },
    ])
      expect(networkSpecSchema.safeParse(wrong).success).toBe(false);
  });
});
