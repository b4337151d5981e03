import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { twoSidedP, twoSidedQuantile } from '../../../src/core/numeric/student-t.ts';

describe("Student's t distribution", () => {
  test.each([
    [5, 2.5705818356],
    [9, 2.2621571628],
    [59, 2.0009953781],
    [99, 1.9842169516],
  ])('has the quantile of 0.975 that tables have, with %i degrees of freedom', (degrees, quantile) => {
    expect(twoSidedQuantile(0.05, degrees)).toBeCloseTo(quantile, 9);
  });

  test.each([
    // The p-values of a paired test (R, sleep), and of two corrected resampled ones.
    [-4.062128, 9, 0.00283289],
    [2.795748, 9, 0.020857],
    [3.520028281, 99, 6.53815e-4],
    [0.4084393375, 99, 0.6838332561],
  ])('has the probability of |T| >= %f with %i degrees of freedom', (t, degrees, p) => {
    expect(twoSidedP(t, degrees)).toBeCloseTo(p, 7);
  });

  test('has closed forms for one and two degrees of freedom', () => {
    expect(twoSidedP(1, 1)).toBeCloseTo(0.5, 14);
    expect(twoSidedP(Math.SQRT2, 2)).toBeCloseTo(1 - Math.SQRT1_2, 14);
    expect([twoSidedP(0, 3), twoSidedP(Number.POSITIVE_INFINITY, 3)]).toEqual([1, 0]);
  });

  test('has a quantile that is the inverse of the probability', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 0.999, noNaN: true }), fc.integer({ min: 1, max: 60 }), (p, degrees) => {
        expect(twoSidedP(twoSidedQuantile(p, degrees), degrees)).toBeCloseTo(p, 9);
      }),
    );
  });
});
