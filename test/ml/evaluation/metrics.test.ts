import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { ensembleWeights, weightedMean } from '../../../src/ml/evaluation/ensemble.ts';
import { binaryCrossEntropy, bootstrapError, rocAuc } from '../../../src/ml/evaluation/metrics.ts';
import { streams } from '../samples.ts';

describe('the cross-entropy', () => {
  test('is the weighted mean of the logarithms', () => {
    // (2 * -ln 0.8 + 1 * -ln(1 - 0.25)) / 2, by hand.
    expect(binaryCrossEntropy([0.8, 0.25], [1, 0], [2, 1])).toBeCloseTo((2 * 0.2231435513 + 0.2876820724) / 2, 9);
    expect(binaryCrossEntropy([0.5, 0.5], [1, 0])).toBeCloseTo(Math.LN2, 15);
  });

  test('of a confident mistake is 100, as in PyTorch', () => {
    expect(binaryCrossEntropy([0, 1], [1, 0])).toBe(100);
    expect(binaryCrossEntropy([0, 1], [0, 1])).toBe(0);
  });

  test('needs as many targets as predictions', () => {
    expect(() => binaryCrossEntropy([0.5], [1, 0])).toThrow(RangeError);
    expect(() => binaryCrossEntropy([], [])).toThrow(RangeError);
  });
});

describe('the ROC area', () => {
  test('is 0.75 for the example of scikit-learn', () => {
    // sklearn.metrics.roc_auc_score, documentation: y = [0, 0, 1, 1], scores = [0.1, 0.4, 0.35, 0.8].
    expect(rocAuc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])).toBe(0.75);
  });

  test('is the weighted share of pairs in the right order, ties counting half', () => {
    const row = fc.record({
      score: fc.integer({ min: 0, max: 5 }),
      target: fc.integer({ min: 0, max: 1 }),
      weight: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 40 }), (rows) => {
        fc.pre(new Set(rows.map(({ target }) => target)).size === 2);
        let right = 0;
        let all = 0;
        for (const signal of rows.filter(({ target }) => target === 1))
          for (const background of rows.filter(({ target }) => target === 0)) {
            const pair = signal.weight * background.weight;
            all += pair;
            right += signal.score > background.score ? pair : signal.score === background.score ? pair / 2 : 0;
          }
        const found = rocAuc(
          rows.map(({ score }) => score),
          rows.map(({ target }) => target),
          rows.map(({ weight }) => weight),
        );
        expect(found).toBeCloseTo(right / all, 12);
      }),
      { seed: 1 },
    );
  });

  test('needs both classes and no NaN', () => {
    expect(() => rocAuc([1, 2], [1, 1])).toThrow(
      new DataError('A ROC area needs both classes, but the background has no weight.'),
    );
    expect(() => rocAuc([0, Number.NaN, 2], [1, 0, 1])).toThrow(new DataError('The score of row 1 is NaN.'));
  });

  test('does not change with the unit of the weights, even where products of them overflow or vanish', () => {
    const scores = [0.1, 0.4, 0.35, 0.8, 0.3];
    const targets = [0, 0, 1, 1, 0];
    const weights = [3, 5, 7, 11, 2];
    const expected = rocAuc(scores, targets, weights);
    for (const unit of [1e-320, 1e-200, 1e200, 1e307])
      expect(
        rocAuc(
          scores,
          targets,
          weights.map((weight) => weight * unit),
        ),
      ).toBeCloseTo(expected, unit < 1e-300 ? 2 : 14);
  });

  test('refuses targets other than 0 and 1, and weights that are negative or not finite', () => {
    expect(() => rocAuc([1, 2, 3], [0, 1, 2])).toThrow(
      new DataError('The target of row 2 is 2; a ROC area takes 1 for signal and 0 for background.'),
    );
    for (const weight of [-1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(() => rocAuc([1, 2], [0, 1], [1, weight])).toThrow(
        new DataError(`The weight of row 1 is ${weight}; a ROC area takes finite weights of at least 0.`),
      );
  });
});

describe('the bootstrap error', () => {
  const values = Float64Array.from({ length: 400 }, () => 0);
  const random = streams(1)('values');
  for (let i = 0; i < values.length; i++) values[i] = random.normal();
  const mean = (rows: Uint32Array): number => rows.reduce((sum, row) => sum + values[row]!, 0) / rows.length;
  const error = (seed: number): number =>
    bootstrapError(mean, { rows: values.length, resamples: 500, random: streams(seed)('bootstrap') });

  test('of a mean is the standard deviation over the root of the number of rows', () => {
    const all = Uint32Array.from(values, (_, i) => i);
    const std = Math.sqrt(values.reduce((sum, value) => sum + (value - mean(all)) ** 2, 0) / values.length);
    // 500 resamples give the error to 3 %.
    expect(Math.abs(error(1) / (std / 20) - 1)).toBeLessThan(0.12);
  });

  test('is the same for the same stream', () => {
    expect(error(1)).toBe(error(1));
    expect(error(1)).not.toBe(error(2));
  });

  test('needs two resamples', () => {
    expect(() => bootstrapError(mean, { rows: 3, resamples: 1, random })).toThrow(RangeError);
  });
});

describe('an ensemble', () => {
  test('weighs its models by 1 / loss', () => {
    const weights = ensembleWeights([1, 2, 4]);
    for (const [i, sevenths] of [4, 2, 1].entries()) expect(weights[i]).toBeCloseTo(sevenths / 7, 14);
  });

  test('predicts the weighted mean', () => {
    expect(weightedMean([Float32Array.of(1, 0), Float32Array.of(0.5, 1)], [3, 1])).toEqual(
      Float32Array.of(0.875, 0.25),
    );
  });

  test('refuses losses and predictions that do not fit', () => {
    expect(() => ensembleWeights([1, 0])).toThrow('Weights by 1 / loss need positive losses, not 0.');
    expect(() => ensembleWeights([])).toThrow('Weights by 1 / loss need positive losses, not none at all.');
    expect(() => weightedMean([Float32Array.of(1)], [1, 2])).toThrow(RangeError);
    expect(() => weightedMean([Float32Array.of(1), Float32Array.of(1, 2)], [1, 2])).toThrow(RangeError);
    expect(() => weightedMean([Float32Array.of(1), Float32Array.of(2)], [1, -1])).toThrow(
      'The weights of a mean must add up to a finite number other than 0, not to 0.',
    );
  });
});
