import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { numericDifference, numericWords } from '../../../src/core/artifact/numeric-difference.ts';

describe('the difference of two arrays', () => {
  test('says how many values differ, where the first is, and by how much', () => {
    const difference = numericDifference(Float64Array.of(1, 2, 3, 4), Float64Array.of(1, 2.5, 3, 3))!;
    expect(difference).toMatchObject({ count: 2, total: 4, first: 1, notFinite: 0 });
    expect(difference.absolute).toEqual({ most: 1, mean: 0.75 });
    expect(difference.relative).toEqual({ most: 0.25, mean: (0.2 + 0.25) / 2 });
    expect(numericWords(numericDifference(Float32Array.of(1), Float32Array.of(1 + 2 ** -22))!)).toBe(
      '1 of 1 values differ, by at most 2.38e-7 (mean 2.38e-7, relative 2.38e-7, 2 ULP)',
    );
  });

  test('counts NaN and infinities apart, and takes two NaN for the same', () => {
    const difference = numericDifference(Float64Array.of(NaN, NaN, Infinity), Float64Array.of(NaN, 1, -Infinity))!;
    expect(difference).toEqual({
      ...{ count: 2, total: 3, first: 1, notFinite: 2 },
      ...{ absolute: null, relative: null, ulp: null },
    });
    expect(numericWords(difference)).toBe('2 of 3 values differ, 2 of them NaN or infinite on a side');
  });

  test('tells 0 from -0, which are zero steps apart', () => {
    expect(numericDifference(Float64Array.of(0), Float64Array.of(-0))).toMatchObject({
      ...{ count: 1, ulp: 0, absolute: { most: 0 }, relative: { most: 0 } },
    });
  });

  test('of integers has no units in the last place', () => {
    expect(numericDifference(Int32Array.of(1), Int32Array.of(3))).toMatchObject({ ulp: null, absolute: { most: 2 } });
  });

  test('is none exactly for arrays that hold the same, and says the same from either side', () => {
    const array = fc.array(fc.double(), { maxLength: 6 }).map((values) => Float64Array.from(values));
    fc.assert(
      fc.property(array, array, (a, b) => {
        const [first, second] = [
          a.subarray(0, Math.min(a.length, b.length)),
          b.subarray(0, Math.min(a.length, b.length)),
        ];
        expect(numericDifference(first, first)).toBeUndefined();
        const difference = numericDifference(first, second);
        expect(difference === undefined).toBe(first.every((value, index) => Object.is(value, second[index])));
        expect(numericDifference(second, first)).toEqual(difference);
      }),
    );
  });
});
