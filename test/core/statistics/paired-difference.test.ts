import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { StudentDesign } from '../../../src/core/statistics/design.ts';
import {
  type Estimate,
  type Pair,
  pairedDifference,
  type PairedDifference,
} from '../../../src/core/statistics/paired-difference.ts';
import { pairsOfValues, SLEEP, SLEEP_REVERSED } from './sleep.ts';

const FIXED: StudentDesign = { kind: 'fixed-test-set' };
const TEN_FOLDS: StudentDesign = { kind: 'cross-validation', folds: 10, seeds: 1 };
const REDRAWN: StudentDesign = { kind: 'redrawn-split', testShare: 0.2 };

function estimateOf({ estimate }: PairedDifference): Estimate {
  if (estimate.kind === 'none') throw new Error(estimate.why);
  return estimate;
}

describe('the difference of pairs', () => {
  test("is R's for its sleep data (scipy 1.17.1)", () => {
    const found = pairedDifference(SLEEP, FIXED, 'higher');
    const { t, df, p, low, high, se, sd } = estimateOf(found);
    expect(found).toMatchObject({ n: 10, missing: [], wins: 0, losses: 9, ties: 1 });
    expect(found.difference).toBeCloseTo(-1.58, 12);
    expect(found.baseMean).toBeCloseTo(2.33, 12);
    expect(found.variantMean).toBeCloseTo(0.75, 12);
    expect(t).toBeCloseTo(-4.062128, 6);
    expect(df).toBe(9);
    expect(p).toBeCloseTo(0.00283289, 8);
    expect(low).toBeCloseTo(-2.4598858, 7);
    expect(high).toBeCloseTo(-0.7001142, 7);
    expect(se).toBeCloseTo(sd! / Math.sqrt(10), 14);
  });

  test('of ten folds has a larger standard error: sleep, signs reversed (scipy 1.17.1)', () => {
    const { se, t, p } = estimateOf(pairedDifference(SLEEP_REVERSED, TEN_FOLDS, 'higher'));
    expect(se).toBeCloseTo(0.5651439, 7);
    expect(t).toBeCloseTo(2.795748, 6);
    expect(p).toBeCloseTo(0.020857, 7);
  });

  test('of splits that are redrawn 80:20 has a larger one still: sleep, signs reversed (scipy 1.17.1)', () => {
    const { se, t, p } = estimateOf(pairedDifference(SLEEP_REVERSED, REDRAWN, 'higher'));
    expect(se).toBeCloseTo(0.7276751, 7);
    expect(t).toBeCloseTo(2.1712986, 7);
    expect(p).toBeCloseTo(0.0579907, 7);
  });

  test("has baycomp's variance for its unit test of three folds", () => {
    const found = pairedDifference(
      pairsOfValues([4, 2, 6], [5, 7, 3]),
      { kind: 'cross-validation', folds: 3, seeds: 1 },
      'higher',
    );
    expect(found.difference).toBeCloseTo(1, 14);
    expect(estimateOf(found).df).toBe(2);
    expect(estimateOf(found).se ** 2).toBeCloseTo(16 * (1 / 3 + 1 / 2), 12);
  });

  test("has baycomp's variance for two runs of two folds", () => {
    const found = pairedDifference(
      pairsOfValues([4, 2, 6, 4], [5, 7, 3, 5]),
      { kind: 'cross-validation', folds: 2, seeds: 2 },
      'higher',
    );
    expect(estimateOf(found).df).toBe(3);
    expect(estimateOf(found).se ** 2).toBeCloseTo((32 / 3) * (1 / 4 + 1), 12);
  });

  test.each([
    ['anneal', 1.93882, 1.582702703, 0.5507967111, 3.520028281, 6.53815e-4, 0.84591983, 3.03172017],
    ['squash-unstored', 0.4, undefined, 0.9793375988, 0.4084393375, 0.6838332561, undefined, undefined],
  ] as const)(
    'of 10 x 10 folds of %s in the accuracies of baycomp is as computed with scipy 1.17.1',
    (_, mean, sd, se, t, p, low, high) => {
      const design: StudentDesign = { kind: 'cross-validation', folds: 10, seeds: 10 };
      // 100 differences with just this mean and standard deviation.
      const spread = (sd ?? se / Math.sqrt(1 / 100 + 1 / 9)) * Math.sqrt(99 / 100);
      const variant = Array.from({ length: 100 }, (_, i) => mean + (i % 2 === 0 ? spread : -spread));
      const found = pairedDifference(pairsOfValues(new Array<number>(100).fill(0), variant), design, 'higher');
      const estimate = estimateOf(found);
      expect(found.difference).toBeCloseTo(mean, 12);
      expect(estimate.se).toBeCloseTo(se, 9);
      expect(estimate.t).toBeCloseTo(t, 8);
      expect(estimate.p).toBeCloseTo(p, 9);
      if (low !== undefined) expect(estimate.low).toBeCloseTo(low, 7);
      if (high !== undefined) expect(estimate.high).toBeCloseTo(high, 7);
      expect(found.signFlip).toBeNull();
      expect(found.wilcoxon).toBeNull();
    },
  );
});

describe('pairs that lack something', () => {
  const value = (value: number): Pair['base'] => ({ kind: 'value', value });

  test('are named with the side and left out', () => {
    const found = pairedDifference(
      [
        { name: 'seed=0', base: value(1), variant: value(2) },
        { name: 'seed=1', base: value(1), variant: { kind: 'failed', why: 'out of memory' } },
        { name: 'seed=2', base: { kind: 'lacking' }, variant: value(3) },
        { name: 'seed=3', base: value(Number.NaN), variant: value(1) },
        { name: 'seed=4', base: value(1), variant: value(4) },
      ],
      FIXED,
      'lower',
    );
    expect(found).toMatchObject({ n: 2, difference: 2, baseMean: 1, variantMean: 3, wins: 0, losses: 2 });
    expect(found.missing).toEqual([
      { name: 'seed=1', base: null, variant: { kind: 'failed', why: 'out of memory' } },
      { name: 'seed=2', base: { kind: 'lacking' }, variant: null },
      { name: 'seed=3', base: { kind: 'not-finite', value: Number.NaN }, variant: null },
    ]);
  });

  test('leave no interval if one is left, and it says why', () => {
    const found = pairedDifference(pairsOfValues([1], [2]), FIXED, 'lower');
    expect(found.estimate).toEqual({ kind: 'none', why: 'one-pair' });
    expect(found.difference).toBe(1);
  });

  test('leave no difference if none is left', () => {
    const found = pairedDifference([{ name: 'seed=0', base: value(1), variant: { kind: 'lacking' } }], FIXED, 'lower');
    expect(found).toMatchObject({ n: 0, difference: null, baseMean: null, signFlip: null });
    expect(found.estimate).toEqual({ kind: 'none', why: 'no-pairs' });
  });

  test('have no interval if all differences are equal up to rounding', () => {
    const found = pairedDifference(pairsOfValues([0.1, 0.2, 0.7], [0.2, 0.3, 0.8]), FIXED, 'lower');
    expect(new Set(found.pairs.map(({ difference }) => difference)).size).toBeGreaterThan(1);
    expect(found.estimate).toEqual({ kind: 'none', why: 'equal-differences' });
  });
});

describe('every difference of pairs', () => {
  const values = fc.array(fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.integer({ min: -1000, max: 1000 })), {
    minLength: 2,
    maxLength: 12,
  });
  const designs = fc.constantFrom(FIXED, TEN_FOLDS, REDRAWN);
  const of = (pairs: readonly (readonly [number, number])[], design: StudentDesign): PairedDifference =>
    pairedDifference(
      pairsOfValues(
        pairs.map(([base]) => base),
        pairs.map(([, variant]) => variant),
      ),
      design,
      'higher',
    );

  test('changes its sign, and nothing else, if base and variant are exchanged', () => {
    fc.assert(
      fc.property(values, designs, (pairs, design) => {
        const one = of(pairs, design);
        const other = of(
          pairs.map(([base, variant]) => [variant, base]),
          design,
        );
        expect(other.difference).toBe(0 - one.difference!);
        expect([other.wins, other.losses, other.ties]).toEqual([one.losses, one.wins, one.ties]);
        expect(other.signFlip?.p).toBe(one.signFlip?.p);
        expect(other.wilcoxon?.pTwoSided).toBe(one.wilcoxon?.pTwoSided);
        if (one.estimate.kind === 'none') expect(other.estimate).toEqual(one.estimate);
        else {
          const { se, p, low, high, t } = estimateOf(other);
          expect([se, p]).toEqual([one.estimate.se, one.estimate.p]);
          expect([0 - low, 0 - high, 0 - t!]).toEqual([one.estimate.high, one.estimate.low, one.estimate.t]);
        }
      }),
    );
  });

  test('is the same if all values are shifted, and scales with them', () => {
    fc.assert(
      fc.property(values, designs, fc.integer({ min: -1e6, max: 1e6 }), (pairs, design, shift) => {
        const one = of(pairs, design);
        const shifted = of(
          pairs.map(([base, variant]) => [base + shift, variant + shift]),
          design,
        );
        const scaled = of(
          pairs.map(([base, variant]) => [base * 8, variant * 8]),
          design,
        );
        expect(shifted.estimate).toEqual(one.estimate);
        expect(scaled.difference).toBe(8 * one.difference!);
        if (one.estimate.kind === 'interval') {
          const { se, low, high, t, p } = estimateOf(scaled);
          const { estimate } = one;
          expect([se, low, high]).toEqual([8 * estimate.se, 8 * estimate.low, 8 * estimate.high]);
          expect([t, p]).toEqual([estimate.t, estimate.p]);
        }
      }),
    );
  });

  test('has a p-value below 0.05 just where its 95 % interval leaves 0 out', () => {
    fc.assert(
      fc.property(values, designs, (pairs, design) => {
        const { estimate } = of(pairs, design);
        if (estimate.kind === 'none' || Math.abs(estimate.p - 0.05) < 1e-9) return;
        expect(estimate.p < 0.05).toBe(estimate.low > 0 || estimate.high < 0);
      }),
    );
  });
});
