import { expect, test } from 'vitest';
import { meanInterval } from '../../../src/ml/evaluation/mean-interval.ts';

test('the interval of a mean is that of a table of t: 2.776 standard errors for five values', () => {
  // Mean 3, standard deviation sqrt(2.5); t of 4 degrees of freedom at 97.5 % is 2.7764451 (NIST/SEMATECH e-Handbook,
  // 1.3.6.7.2).
  const { mean, within } = meanInterval([1, 2, 3, 4, 5]);
  expect(mean).toBe(3);
  expect(within).toBeCloseTo((2.7764451 * Math.sqrt(2.5)) / Math.sqrt(5), 6);
});

test('one value has a mean and no interval, and no value has neither', () => {
  expect(meanInterval([7])).toEqual({ mean: 7, within: null });
  expect(() => meanInterval([])).toThrow(RangeError);
});
