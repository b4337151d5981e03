import { describe, expect, test } from 'vitest';
import { rocAuc } from '../../../src/ml/evaluation/metrics.ts';
import { meanSquaredError } from '../../../src/ml/evaluation/further-metrics.ts';
import { type ImportanceOptions, permutationImportance } from '../../../src/ml/evaluation/permutation-importance.ts';
import type { NetworkInputs, TrainingSet } from '../../../src/ml/data/dataset.ts';
import { streams } from '../samples.ts';

/** Two numbers x and y, and a code; the target is x + 2 y. */
const numbers = [
  [0, 1],
  [1, 3],
  [2, -1],
  [4, 0],
  [7, 2],
];
const data: TrainingSet = {
  rows: 5,
  continuous: Float32Array.from(numbers.flat()),
  codes: Uint8Array.of(0, 1, 2, 3, 4),
  targets: Float32Array.from(numbers, ([x, y]) => x! + 2 * y!),
  weights: new Float32Array(5).fill(1),
};
const weighted = { ...data, weights: Float32Array.of(1, 2, 3, 4, 5) };

function exact({ rows, continuous }: NetworkInputs): Float32Array {
  return Float32Array.from({ length: rows }, (_, row) => continuous[2 * row]! + 2 * continuous[2 * row + 1]!);
}

function options(changes: Partial<ImportanceOptions> = {}): ImportanceOptions {
  return {
    data,
    predict: exact,
    metric: meanSquaredError,
    better: 'lower',
    features: {
      x: { continuous: [0], embeddings: [] },
      y: { continuous: [1], embeddings: [] },
      code: { continuous: [], embeddings: [0] },
      both: { continuous: [0, 1], embeddings: [0] },
    },
    repeats: 400,
    rng: streams(1),
    ...changes,
  };
}

describe('permutation importance', () => {
  test.each([
    // Of permutations of column j of a sum, the mean squared error is a_j^2 times the mean over pairs of (x_i - x_k)^2,
    // here 2 a_j^2 var. scikit-learn 1.2.1, permutation_importance with 20,000 repeats: 12.36 and 15.92; weighted 13.55
    // and 15.67.
    ['', data, [12.32, 16]],
    ['of weighted rows ', weighted, [13.546666, 15.68]],
  ] as const)('%shas the expectation of its formula, as scikit-learn', async (_, given, [x, y]) => {
    const { baseline, features } = await permutationImportance(options({ data: given }));
    expect(baseline).toBe(0);
    const byName = Object.fromEntries(features.map((feature) => [feature.name, feature]));
    for (const [name, expected] of [
      ['x', x],
      ['y', y],
    ] as const) {
      const { drop, standardError } = byName[name]!;
      expect(standardError).toBeLessThan(0.06 * expected);
      expect(Math.abs(drop - expected)).toBeLessThan(4 * standardError!);
    }
    expect(byName['code']!.drop).toBe(0);
  });

  test('is the baseline less the mean of the permuted metrics, with s / sqrt(n) as the standard error', async () => {
    const { features } = await permutationImportance(options({ repeats: 3 }));
    const { drops, drop, standardError } = features[1]!;
    const expected = [0, 1, 2].map((repeat) => {
      const order = streams(1)(`permutation/y/${repeat}`).shuffle([0, 1, 2, 3, 4]);
      return order.reduce((sum, from, row) => sum + (2 * (numbers[from]![1]! - numbers[row]![1]!)) ** 2, 0) / 5;
    });
    expect(drops).toEqual(expected);
    expect(drop).toBeCloseTo((expected[0]! + expected[1]! + expected[2]!) / 3, 12);
    const squares = expected.reduce((sum, value) => sum + (value - drop) ** 2, 0);
    expect(standardError).toBeCloseTo(Math.sqrt(squares / 2 / 3), 12);
  });

  test('deals the values of a group out together, and puts them back afterwards', async () => {
    const seen: string[][] = [];
    const predict = (inputs: NetworkInputs): Float32Array => {
      const rowOf = (_: unknown, row: number): string =>
        `${inputs.codes[row]!}:${inputs.continuous.slice(2 * row, 2 * row + 2).join()}`;
      seen.push(Array.from({ length: 5 }, rowOf));
      return exact(inputs);
    };
    const { both, x } = options().features as Record<string, { continuous: number[]; embeddings: number[] }>;
    await permutationImportance(options({ predict, repeats: 1, features: { both: both!, x: x! } }));
    const [whole, group, one] = seen;
    expect(group).not.toEqual(whole);
    expect(group!.toSorted()).toEqual(whole!.toSorted());
    // Of the second, codes and y are back in their places.
    expect(one!.map((row) => row.replace(/:.*,/, ','))).toEqual(whole!.map((row) => row.replace(/:.*,/, ',')));
    expect(one).not.toEqual(whole);
  });

  test('of a feature does not depend on which others are asked for, or on the run', async () => {
    const all = await permutationImportance(options({ repeats: 2 }));
    const one = await permutationImportance(options({ repeats: 2, features: { y: options().features['y']! } }));
    expect(one.features[0]).toEqual(all.features[1]);
  });

  test('counts a fall of what is better higher', async () => {
    const targets = Uint8Array.of(0, 0, 1, 1, 1);
    const predict = ({ continuous }: NetworkInputs): Float32Array =>
      Float32Array.from({ length: 5 }, (_, row) => continuous[2 * row]!);
    const { baseline, features } = await permutationImportance(
      options({ data: { ...data, targets }, predict, metric: rocAuc, better: 'higher', repeats: 50 }),
    );
    expect(baseline).toBe(1);
    // The area of a random order is 0.5 on average.
    expect(Math.abs(features[0]!.drop - 0.5)).toBeLessThan(4 * features[0]!.standardError!);
    expect(features[1]!.drop).toBe(0);
  });

  test('refuses inputs that are not there, and ends when aborted', async () => {
    const feature = (continuous: readonly number[], embeddings: readonly number[]) =>
      permutationImportance(options({ features: { mass: { continuous, embeddings } } }));
    await expect(feature([], [])).rejects.toThrow(
      'The feature "mass" is of no input, so that there is nothing to permute.',
    );
    await expect(feature([2], [])).rejects.toThrow(
      'The feature "mass" is of input 2 of the continuous, and the data have 2 of these, counted from 0.',
    );
    await expect(permutationImportance(options({ repeats: 0 }))).rejects.toThrow(RangeError);
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(permutationImportance(options({ signal }))).rejects.toThrow('enough');
  });
});
