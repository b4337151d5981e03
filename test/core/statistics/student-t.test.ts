import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  criticalT,
  studentCdf,
  studentQuantile,
  studentTail,
  twoSidedP,
} from '../../../src/core/statistics/student-t.ts';

/**
 * t, degrees of freedom, P(|T| > t): mpmath 1.3.0 with 60 digits, by its incomplete beta or an integral of the density.
 */
const TAILS: readonly (readonly [t: number, df: number, p: number])[] = [
  [0.001, 0.001, 0.999968404391764],
  [0.99, 0.001, 0.995871726190579],
  [1.8, 0.001, 0.9952767122313859],
  [12, 0.001, 0.9933904177448948],
  [1e30, 0.001, 0.9293924678519307],
  [0.3, 0.5, 0.8448591521304908],
  [1.01, 0.5, 0.5998889065813481],
  [2.5, 0.5, 0.40097052905329317],
  [10000.0, 0.5, 0.006414019503473943],
  [0.001, 1.5, 0.9993185302267198],
  [0.99, 1.5, 0.45475202651367724],
  [1.8, 1.5, 0.2536892869878743],
  [12, 1.5, 0.018042029274027864],
  [1e30, 1.5, 7.541704864032492e-46],
  [0.3, 2, 0.7924856608401776],
  [1.01, 2, 0.4188199310819986],
  [2.5, 2, 0.1296117202215108],
  [10000.0, 2, 9.999999850000003e-9],
  [0.001, 5, 0.9992407867721976],
  [0.99, 5, 0.36763305565750176],
  [1.8, 5, 0.13175758327089218],
  [12, 5, 7.089492517161522e-5],
  [1e30, 5, 1.898033449112472e-149],
  [0.001, 10.7, 0.999220515407015],
  [0.99, 10.7, 0.3440333779446074],
  [1.8, 10.7, 0.10008350253455052],
  [12, 10.7, 1.5261567479016856e-7],
  [0.001, 99, 0.9992041278571371],
  [0.99, 99, 0.3245876262817648],
  [1.8, 99, 0.07490637825781764],
  [12, 99, 5.1306296878974854e-21],
  [0.3, 1000.5, 0.7642394730127325],
  [1.01, 1000.5, 0.3127394846426868],
  [2.5, 1000.5, 0.012578488029448215],
  [0.3, 1e9, 0.7641771556844517],
  [1.01, 1e9, 0.3124952902868874],
  [2.5, 1e9, 0.012419330810402494],
  [30, 1e9, 9.815419687967461e-198],
  [0.3, Number.POSITIVE_INFINITY, 0.7641771556220948],
  [1.01, Number.POSITIVE_INFINITY, 0.3124952900425092],
  [2.5, Number.POSITIVE_INFINITY, 0.01241933065155227],
  [30, Number.POSITIVE_INFINITY, 9.813427854296374e-198],
  [37, Number.POSITIVE_INFINITY, 1.1451142445049154e-299],
];

/** Degrees of freedom, the quantile of 0.975: scipy 1.17.1. */
const QUANTILES = [
  [5, 2.5705818356],
  [9, 2.2621571628],
  [59, 2.0009953781],
  [99, 1.9842169516],
] as const;

const df = fc.oneof(
  fc.integer({ min: 1, max: 200 }),
  fc.double({ min: 0.05, max: 50, noNaN: true }),
  fc.constant(Number.POSITIVE_INFINITY),
);
const t = fc.double({ min: -30, max: 30, noNaN: true });

function expectRelative(found: number, wanted: number, precision: number): void {
  expect(Math.abs(found - wanted), `${found} should be ${wanted}`).toBeLessThanOrEqual(precision * Math.abs(wanted));
}

describe("Student's t", () => {
  test.each(TAILS)('outside %f with %f degrees of freedom is %f, to 1e-12 of it', (t, df, p) => {
    expectRelative(twoSidedP(t, df), p, 1e-12);
    expectRelative(twoSidedP(-t, df), p, 1e-12);
    expectRelative(studentTail(t, df), p / 2, 1e-12);
    expectRelative(studentCdf(-t, df), p / 2, 1e-12);
  });

  test.each(QUANTILES)('with %i degrees of freedom has 0.975 below %f', (df, wanted) => {
    expect(studentQuantile(0.975, df)).toBeCloseTo(wanted, 10);
    expectRelative(criticalT(0.95, df), studentQuantile(0.975, df), 1e-12);
    expect(studentQuantile(0.025, df)).toBeCloseTo(-wanted, 10);
  });

  test('with 1 degree of freedom is the Cauchy distribution, whose quantile of 3/4 is 1', () => {
    expectRelative(studentQuantile(0.75, 1), 1, 1e-14);
    expectRelative(studentTail(1e200, 1), 1 / (Math.PI * 1e200), 1e-12);
  });

  test('with infinitely many degrees of freedom is the normal distribution', () => {
    expect(studentQuantile(0.975, Number.POSITIVE_INFINITY)).toBeCloseTo(1.959963984540054, 14);
  });

  test('has a quantile that inverts its distribution', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-250, max: 0.5, noNaN: true, maxExcluded: true }), df, (p, df) => {
        const t = studentQuantile(p, df);
        if (Number.isFinite(t)) expectRelative(studentCdf(t, df), p, 1e-12);
      }),
    );
  });

  test('has tails that fall, are symmetric, and add up to 1', () => {
    fc.assert(
      fc.property(t, t, df, (a, b, df) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)];
        expect(studentCdf(low, df)).toBeLessThanOrEqual(studentCdf(high, df) * (1 + 1e-13));
        expect(studentTail(a, df)).toBe(studentCdf(-a, df));
        expect(studentTail(a, df) + studentCdf(a, df)).toBeCloseTo(1, 13);
      }),
    );
  });

  test('has limits', () => {
    expect(studentCdf(Number.NEGATIVE_INFINITY, 3)).toBe(0);
    expect(studentCdf(Number.POSITIVE_INFINITY, 3)).toBe(1);
    expect(studentCdf(0, 3)).toBe(0.5);
    expect(studentQuantile(0, 3)).toBe(Number.NEGATIVE_INFINITY);
    expect(studentQuantile(1, 3)).toBe(Number.POSITIVE_INFINITY);
    expect(studentQuantile(0.5, 3)).toBe(0);
  });

  test.each([0, -1, Number.NaN])('refuses %f degrees of freedom', (df) => {
    expect(() => twoSidedP(1, df)).toThrow(RangeError);
    expect(() => studentQuantile(0.9, df)).toThrow(RangeError);
  });

  test('refuses what has no answer', () => {
    expect(() => studentTail(Number.NaN, 3)).toThrow(RangeError);
    expect(() => studentQuantile(1.1, 3)).toThrow(/between 0 and 1/);
    expect(() => studentQuantile(1e-310, 3)).toThrow(/down to 1e-300/);
    expect(() => criticalT(1, 3)).toThrow(/between 0 and 1/);
  });
});
