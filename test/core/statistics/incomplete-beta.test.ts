import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { incompleteBeta, logBeta } from '../../../src/core/statistics/incomplete-beta.ts';

/** a, b, x, the share below x, the share above it: mpmath 1.3.0 with 40 digits. */
const SHARES = [
  [2, 3, 0.25, 0.26171875, 0.73828125],
  [0.5, 0.5, 0.3, 0.369010119565545375, 0.630989880434454625],
  [30, 7, 0.9, 0.937171857624162828, 0.0628281423758371722],
  [0.001, 2, 0.5, 0.999806746536937748, 0.000193253463052251821],
  [200, 300, 0.35, 0.0103417702546875912, 0.989658229745312409],
  [200, 300, 0.45, 0.988146345620262881, 0.0118536543797371188],
] as const;

describe('the incomplete beta function', () => {
  test.each(SHARES)('of %f, %f at %f has its shares to 1e-12 of each', (a, b, x, below, above) => {
    const found = incompleteBeta(a, b, x, 1 - x);
    expect(Math.abs(found.below / below - 1)).toBeLessThan(1e-12);
    expect(Math.abs(found.above / above - 1)).toBeLessThan(1e-12);
  });

  test('turns round with its shapes', () => {
    const shape = fc.double({ min: 0.01, max: 1000, noNaN: true });
    fc.assert(
      fc.property(shape, shape, fc.integer({ min: 0, max: 1024 }), (a, b, k) => {
        const [x, y] = [k / 1024, 1 - k / 1024];
        const [one, other] = [incompleteBeta(a, b, x, y), incompleteBeta(b, a, y, x)];
        expect(one.below).toBeCloseTo(other.above, 12);
        expect(one.above).toBeCloseTo(other.below, 12);
      }),
    );
  });

  test('refuses shapes that are not above 0', () => {
    expect(() => incompleteBeta(0, 1, 0.5, 0.5)).toThrow(RangeError);
    expect(() => incompleteBeta(1, 1, Number.NaN, 0.5)).toThrow(RangeError);
  });

  test('has a beta function', () => {
    expect(logBeta(0.5, 0.5)).toBeCloseTo(Math.log(Math.PI), 14);
    expect(logBeta(3, 4)).toBeCloseTo(Math.log(1 / 60), 14);
    expect(logBeta(1e-3, 1)).toBeCloseTo(Math.log(1000), 13);
  });
});
