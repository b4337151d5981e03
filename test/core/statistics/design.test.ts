import { describe, expect, test } from 'vitest';
import {
  checkDesign,
  type Design,
  labelOf,
  standardError,
  type StudentDesign,
  varianceFactor,
} from '../../../src/core/statistics/design.ts';
import { detectable, type Detectable } from '../../../src/core/statistics/detectable.ts';
import { equivalence } from '../../../src/core/statistics/equivalence.ts';
import { DefinitionError } from '../../../src/errors.ts';

const FIXED: StudentDesign = { kind: 'fixed-test-set' };
const REDRAWN: StudentDesign = { kind: 'redrawn-split', testShare: 0.2 };

function known(found: Detectable): Extract<Detectable, { kind: 'known' }> {
  if (found.kind === 'unknown') throw new Error(found.why);
  return found;
}

describe('a design', () => {
  test('of 6 seeds x 10 folds has a standard error 2.77 times the naive one', () => {
    const design: StudentDesign = { kind: 'cross-validation', folds: 10, seeds: 6 };
    expect(standardError(design, 1, 60) / standardError(FIXED, 1, 60)).toBeCloseTo(2.77, 2);
  });

  test('of a redrawn 80:20 split adds a quarter of the variance', () => {
    expect(varianceFactor(REDRAWN, 10)).toBeCloseTo(0.35, 14);
  });

  test.each<[Design, RegExp]>([
    [{ kind: 'cross-validation', folds: 10, seeds: 6 }, /10 folds x 6 seeds.*Nadeau and Bengio.*approximation/],
    [REDRAWN, /20 % tested on.*0\.25.*Nadeau and Bengio/],
    [FIXED, /fixed test set.*training noise, given this test set/],
    [{ kind: 'events' }, /events.*bootstrap.*given these trainings/],
  ])('says what it is: %o', (design, pattern) => {
    const { name, correction, meaning } = labelOf(design);
    expect(`${name}; ${correction}; ${meaning}`).toMatch(pattern);
  });

  test('that no data can have is refused with what to give', () => {
    expect(() => checkDesign({ kind: 'cross-validation', folds: 1, seeds: 2 })).toThrow(DefinitionError);
    expect(() => checkDesign({ kind: 'cross-validation', folds: 5, seeds: 0.5 })).toThrow(/0\.5 seeds/);
    expect(() => checkDesign({ kind: 'redrawn-split', testShare: 1 })).toThrow(/between 0 and 1/);
  });
});

describe('what could be seen', () => {
  test('with 6 seeds is 1.05 s on a fixed test set and 1.66 s with a redrawn split', () => {
    expect(known(detectable({ design: FIXED, pairs: 6 })).halfWidth.inSd).toBeCloseTo(1.05, 2);
    expect(known(detectable({ design: REDRAWN, pairs: 6 })).halfWidth.inSd).toBeCloseTo(1.66, 2);
  });

  test('is in the unit of the metric with a guess of s', () => {
    const found = known(detectable({ design: FIXED, pairs: 6, sd: 0.1 }));
    expect(found.halfWidth.inUnits).toBeCloseTo(0.105, 3);
    expect(found.smallest.inUnits).toBeGreaterThan(found.halfWidth.inUnits!);
    expect(known(detectable({ design: FIXED, pairs: 6 })).halfWidth.inUnits).toBeNull();
  });

  test('is larger with more variants, for they are corrected for each other', () => {
    const [one, five] = [1, 5].map((comparisons) => known(detectable({ design: FIXED, pairs: 6, comparisons })));
    expect(one!.afterHolm).toEqual(one!.halfWidth);
    expect(five!.afterHolm.inSd).toBeGreaterThan(five!.halfWidth.inSd);
    expect(five!.halfWidth).toEqual(one!.halfWidth);
  });

  test('by a sign-flip test cannot reach 0.05 with five seeds', () => {
    expect(known(detectable({ design: FIXED, pairs: 5 })).leastSignFlip).toBe(0.0625);
    expect(known(detectable({ design: REDRAWN, pairs: 5 })).leastSignFlip).toBeNull();
  });

  test('is unknown with one seed, and for events', () => {
    expect(detectable({ design: FIXED, pairs: 1 })).toEqual({ kind: 'unknown', why: 'one-pair' });
    expect(detectable({ design: { kind: 'events' }, pairs: 6 })).toEqual({ kind: 'unknown', why: 'events' });
  });
});

describe('practical equivalence', () => {
  test('of anneal in the accuracies of baycomp, within 1 (scipy 1.17.1)', () => {
    const estimate = { difference: 1.93882, se: 0.5507967111, df: 99 };
    const { worse, same, better } = equivalence(estimate, 1, 'higher');
    expect(Math.abs(worse / 3.021e-7 - 1)).toBeLessThan(5e-4);
    expect(same).toBeCloseTo(0.045714, 7);
    expect(better).toBeCloseTo(0.9542857, 7);
    expect(worse + same + better).toBeCloseTo(1, 14);
    expect(equivalence(estimate, 1, 'lower')).toEqual({ worse: better, same, better: worse });
  });

  test('of a region of width 0 is only better or worse', () => {
    expect(equivalence({ difference: 0, se: 1, df: 5 }, 0, 'lower')).toEqual({ worse: 0.5, same: 0, better: 0.5 });
  });

  test('refuses a negative region, and an estimate without a spread', () => {
    expect(() => equivalence({ difference: 0, se: 1, df: 5 }, -1, 'lower')).toThrow(RangeError);
    expect(() => equivalence({ difference: 0, se: 0, df: 5 }, 1, 'lower')).toThrow(RangeError);
  });
});
