import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { weightedMean } from '../../../src/ml/evaluation/ensemble.ts';
import { binaryCrossEntropy } from '../../../src/ml/evaluation/metrics.ts';
import { nonNegativeLeastSquares } from '../../../src/ml/evaluation/non-negative-least-squares.ts';
import { leastSquaresWeights, logisticStack, stackedPrediction } from '../../../src/ml/evaluation/stacking.ts';
import { streams } from '../samples.ts';

const targets = [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0];
const weights = [1, 2, 1, 0.5, 1, 3, 1, 1, 2, 1, 1, 0.5];
const predictions = [
  [0.9, 0.2, 0.6, 0.8, 0.4, 0.1, 0.7, 0.5, 0.3, 0.35, 0.65, 0.45],
  [0.7, 0.4, 0.9, 0.5, 0.3, 0.2, 0.4, 0.6, 0.8, 0.1, 0.55, 0.25],
  [0.2, 0.6, 0.1, 0.4, 0.7, 0.9, 0.5, 0.3, 0.2, 0.8, 0.45, 0.6],
];

function close(found: readonly number[], wanted: readonly number[], digits: number): void {
  expect(found.length).toBe(wanted.length);
  for (const [i, value] of wanted.entries()) expect(found[i]).toBeCloseTo(value, digits);
}

describe('weights by least squares', () => {
  test('are those of scipy', () => {
    // scipy.optimize.nnls 1.10.1, rows times the root of their weights.
    close(leastSquaresWeights({ predictions, targets, weights }), [0.4942347553029081, 0.68537526840348, 0], 13);
    close(leastSquaresWeights({ predictions, targets }), [0.548939595113474, 0.6340898255471199, 0], 13);
  });

  test('are never negative, and no other weights are better', () => {
    const value = fc.integer({ min: -9, max: 9 });
    const problem = fc.integer({ min: 1, max: 5 }).chain((n) =>
      fc.record({
        rows: fc.array(fc.array(value, { minLength: n, maxLength: n }), { minLength: 1, maxLength: 8 }),
        right: fc.array(value, { minLength: 8, maxLength: 8 }),
      }),
    );
    fc.assert(
      fc.property(problem, ({ rows, right }) => {
        const columns = rows[0]!.map((_, i) => rows.map((row) => row[i]!));
        const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
        const matrix = columns.map((a) => columns.map((b) => dot(a, b)));
        const product = columns.map((a) => dot(a, right));
        const found = nonNegativeLeastSquares(matrix, product);
        // The conditions of Karush, Kuhn and Tucker, which only a least point meets.
        for (const [i, x] of found.entries()) {
          const slope = dot(matrix[i]!, found) - product[i]!;
          expect(x).toBeGreaterThanOrEqual(0);
          expect(slope).toBeGreaterThan(-1e-7);
          expect(Math.abs(slope * x)).toBeLessThan(1e-7);
        }
      }),
      { seed: 2 },
    );
  });

  test('give a model that is there twice its weight once', () => {
    const [one] = leastSquaresWeights({ predictions: [predictions[0]!], targets });
    const twice = leastSquaresWeights({ predictions: [predictions[0]!, predictions[0]!], targets });
    expect(twice.reduce((a, b) => a + b)).toBeCloseTo(one!, 12);
  });

  test('go into a weighted mean', () => {
    const learned = leastSquaresWeights({ predictions, targets });
    const mean = weightedMean(
      predictions.map((one) => Float32Array.from(one)),
      learned,
    );
    expect(mean[0]).toBeCloseTo((learned[0]! * 0.9 + learned[1]! * 0.7) / (learned[0]! + learned[1]!), 6);
  });
});

describe('a logistic stack', () => {
  test('is the logistic regression of scikit-learn on logits', () => {
    // LogisticRegression(C, solver='newton-cg', tol=1e-14) of scikit-learn 1.2.1 gives these to 1e-7; the further
    // digits are numpy's Newton steps on the same loss.
    const one = logisticStack({ predictions, targets, weights });
    expect(one.intercept).toBeCloseTo(-0.0247384301636995, 11);
    close(one.coefficients, [0.8992905981031436, 0.8131417728685275, -0.6432705868523494], 11);
    const hundredth = logisticStack({ predictions, targets, weights }, { penalty: 0.01 });
    expect(hundredth.intercept).toBeCloseTo(0.7653941781696862, 9);
    close(hundredth.coefficients, [3.9808695994482024, 7.708108166004884, 4.472781749209917], 9);
    close([...stackedPrediction(one, predictions)].slice(0, 3), [0.9715830415, 0.1344765873, 0.9718035491], 6);
  });

  test('is better than its models on other rows where each sees a part of the truth', () => {
    const random = streams(4)('stack');
    const draw = (rows: number) => {
      const parts = [0, 1].map(() => Array.from({ length: rows }, () => random.normal()));
      const truth = Array.from({ length: rows }, (_, i) =>
        Number(random.uniform() < 1 / (1 + Math.exp(-1.5 * (parts[0]![i]! + parts[1]![i]!)))),
      );
      return {
        predictions: parts.map((part) => Float32Array.from(part, (z) => 1 / (1 + Math.exp(-z)))),
        targets: truth,
      };
    };
    const stack = logisticStack(draw(2_000));
    const other = draw(2_000);
    const loss = binaryCrossEntropy(stackedPrediction(stack, other.predictions), other.targets);
    for (const prediction of other.predictions)
      expect(loss).toBeLessThan(binaryCrossEntropy(prediction, other.targets) - 0.05);
    for (const coefficient of stack.coefficients) expect(Math.abs(coefficient - 1.5)).toBeLessThan(0.2);
  });

  test('stays finite for predictions of 0 and 1, and for a model that is there twice', () => {
    const sure = [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0];
    const { intercept, coefficients } = logisticStack({ predictions: [sure, sure], targets });
    for (const number of [intercept, ...coefficients]) expect(Number.isFinite(number)).toBe(true);
    expect(coefficients[0]).toBeCloseTo(coefficients[1]!, 9);
  });

  test('refuses what it cannot learn from, in one sentence', () => {
    const cases: [() => unknown, string][] = [
      [
        () => leastSquaresWeights({ predictions: [], targets }),
        'There is nothing to learn an ensemble from without a model.',
      ],
      [
        () => logisticStack({ predictions: [[0.5, 2]], targets: [0, 1] }),
        'The prediction of row 1 is 2; a logistic stack takes probabilities from 0 to 1.',
      ],
      [
        () => leastSquaresWeights({ predictions: [[0, 0.5]], targets: [1, 0] }),
        'No model predicts anything where there is signal, so that no weights can be learned.',
      ],
      [
        () => logisticStack({ predictions, targets }, { penalty: 0 }),
        'The penalty of a logistic stack must be a positive number, not 0.',
      ],
      [
        () => stackedPrediction({ intercept: 0, coefficients: [1, 1] }, [[0.5]]),
        'A stack of 2 models takes as many predictions of the same rows, not 1 of 1 rows.',
      ],
    ];
    for (const [bad, message] of cases) expect(bad).toThrow(message);
    expect(() => logisticStack({ predictions, targets: targets.map(() => 1) })).toThrow(
      new DataError('A logistic stack needs both classes, but the background has no weight.'),
    );
  });
});
