import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { averagePrecision, rocCurve } from '../../../src/ml/evaluation/curves.ts';
import {
  accuracy,
  brierScore,
  categoricalAccuracy,
  categoricalCrossEntropy,
  meanSquaredError,
} from '../../../src/ml/evaluation/further-metrics.ts';
import { binaryCrossEntropy, rocAuc } from '../../../src/ml/evaluation/metrics.ts';

// Reference values: scikit-learn 1.2.1 on these twelve rows, with `sample_weight`.
const targets = [1, 0, 1, 1, 0, 0, 1, 0, 1, 0, 1, 0];
const weights = [1, 2, 1, 0.5, 1, 3, 1, 1, 2, 1, 1, 0.5];
const predictions = [0.9, 0.2, 0.6, 0.8, 0.4, 0.1, 0.7, 0.5, 0.3, 0.35, 0.65, 0.45];
const scores = [0.7, 0.4, 0.9, 0.5, 0.3, 0.2, 0.4, 0.6, 0.8, 0.1, 0.6, 0.2];

describe('metrics of two classes', () => {
  test('are those of scikit-learn', () => {
    expect(accuracy(predictions, targets, weights)).toBeCloseTo(0.8, 15);
    expect(brierScore(predictions, targets, weights)).toBeCloseTo(0.14175, 15);
    expect(meanSquaredError(predictions, targets, weights)).toBeCloseTo(0.14175, 15);
    expect(averagePrecision(scores, targets, weights)).toBeCloseTo(0.9139416588809302, 14);
    expect(averagePrecision(predictions, targets)).toBeCloseTo(0.9333333333333333, 14);
  });

  test('take a threshold, at which a row is signal', () => {
    expect(accuracy([0.3, 0.3], [1, 0], [3, 1], 0.3)).toBe(0.75);
    expect(accuracy([0.3, 0.3], [1, 0], [3, 1], 0.31)).toBe(0.25);
  });

  test('have the ROC curve of scikit-learn, at all thresholds', () => {
    const curve = rocCurve(scores, targets, weights);
    const background = [0, 0, 0, 0, 2 / 17, 2 / 17, 6 / 17, 8 / 17, 15 / 17, 1];
    const signal = [0, 2, 6, 8, 10, 11, 13, 13, 13, 13].map((halves) => halves / 13);
    expect(curve.map(({ threshold }) => threshold)).toEqual([Infinity, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1]);
    for (const [i, point] of curve.entries()) {
      expect(point.background).toBeCloseTo(background[i]!, 14);
      expect(point.signal).toBeCloseTo(signal[i]!, 14);
    }
  });

  test('have a ROC curve with the ROC area below it', () => {
    const row = fc.record({
      score: fc.integer({ min: 0, max: 5 }),
      target: fc.integer({ min: 0, max: 1 }),
      weight: fc.integer({ min: 1, max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 2, maxLength: 30 }), (rows) => {
        fc.pre(new Set(rows.map(({ target }) => target)).size === 2);
        const given = [rows.map(({ score }) => score), rows.map((r) => r.target), rows.map((r) => r.weight)] as const;
        const curve = rocCurve(...given);
        const area = curve
          .slice(1)
          .reduce(
            (sum, { signal, background }, i) =>
              sum + ((background - curve[i]!.background) * (signal + curve[i]!.signal)) / 2,
            0,
          );
        expect(area).toBeCloseTo(rocAuc(...given), 12);
      }),
      { seed: 1 },
    );
  });

  test('refuse what they cannot judge, in one sentence', () => {
    const cases: [() => unknown, string][] = [
      [() => accuracy([0.5], [2]), 'The target of row 0 is 2; an accuracy takes 1 for signal and 0 for background.'],
      [() => accuracy([Number.NaN], [1]), 'The prediction of row 0 is NaN.'],
      [() => brierScore([1.5], [1]), 'The prediction of row 0 is 1.5; a Brier score takes probabilities from 0 to 1.'],
      [
        () => binaryCrossEntropy([-0.1], [1]),
        'The prediction of row 0 is -0.1; a cross-entropy takes probabilities from 0 to 1.',
      ],
      [
        () => accuracy([0.5], [1], [0]),
        'The weights of all rows add up to 0; an accuracy needs a positive, finite sum.',
      ],
      [
        () => rocCurve([1, 2], [1, 0], [1, -1]),
        'The weight of row 1 is -1; a ROC curve takes finite weights of at least 0.',
      ],
      [() => rocCurve([1, 2], [1, 1]), 'A ROC curve needs both classes, but the background has no weight.'],
      [() => averagePrecision([1, 2], [0, 0]), 'An average precision needs signal, which has no weight.'],
    ];
    for (const [bad, message] of cases) expect(bad).toThrow(new DataError(message));
    expect(() => accuracy([], [])).toThrow(RangeError);
  });
});

describe('metrics of several classes', () => {
  const probabilities = [0.2, 0.5, 0.3, 0.7, 0.2, 0.1, 0.1, 0.1, 0.8, 0.4, 0.4, 0.2];

  test('are those of scikit-learn', () => {
    expect(categoricalCrossEntropy(probabilities, [1, 0, 1, 2], [1, 2, 0.5, 1])).toBeCloseTo(0.9260505616374518, 14);
    expect(categoricalAccuracy(probabilities, [1, 0, 1, 2], [1, 2, 0.5, 1])).toBeCloseTo(2 / 3, 14);
  });

  test('refuse a class that is not there, and rows that are not whole', () => {
    expect(() => categoricalAccuracy(probabilities, [1, 0, 3, 2])).toThrow(
      new DataError('The target of row 2 is 3; the classes are 0 to 2.'),
    );
    expect(() => categoricalAccuracy(probabilities, [1, 0, 1, 1, 0])).toThrow(
      'Predictions of several classes are whole rows; 12 numbers are none of 5 rows.',
    );
  });
});
