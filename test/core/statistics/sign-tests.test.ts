import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { signFlip } from '../../../src/core/statistics/sign-flip.ts';
import { wilcoxon } from '../../../src/core/statistics/wilcoxon.ts';

const small = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 9 });

/** All sign patterns, one after the other. */
function patterns(n: number): readonly (readonly number[])[] {
  return Array.from({ length: 2 ** n }, (_, bits) => Array.from({ length: n }, (_, i) => ((bits >> i) & 1 ? 1 : -1)));
}

describe('the sign-flip test', () => {
  test('of five pairs is never below 0.0625', () => {
    expect(signFlip([1, 2, 3, 4, 5])).toEqual({ p: 0.0625, least: 0.0625, method: 'exact' });
    expect(signFlip([1, 2, 3, 4, 5, 6]).p).toBe(0.03125);
  });

  test('counts every pattern of signs', () => {
    fc.assert(
      fc.property(small, (differences) => {
        const observed = Math.abs(differences.reduce((total, d) => total + d, 0));
        const all = patterns(differences.length);
        const beyond = all.filter(
          (signs) => Math.abs(signs.reduce((total, sign, i) => total + sign * differences[i]!, 0)) >= observed,
        );
        expect(signFlip(differences).p).toBe(beyond.length / all.length);
      }),
    );
  });

  test('is not misled by the rounding of sums', () => {
    expect(signFlip([0.1, 0.2, 0.3, -0.6, 0.7]).p).toBe(signFlip([1, 2, 3, -6, 7]).p);
  });

  test('of many pairs draws from a named stream, and comes close to the exact value', () => {
    const differences = Array.from({ length: 32 }, (_, i) => (i % 3 === 0 ? -1.3 : 1) + i / 100);
    const exact = signFlip(differences);
    const random = signFlip([...differences, 0]);
    expect([exact.method, random.method]).toEqual(['exact', 'random']);
    expect(Math.abs(random.p - exact.p)).toBeLessThan(4 * Math.sqrt((exact.p * (1 - exact.p)) / 100_000));
    expect(signFlip([...differences, 0])).toEqual(random);
  });

  test('refuses nothing and what is not finite', () => {
    expect(() => signFlip([])).toThrow(RangeError);
    expect(() => signFlip([Number.NaN])).toThrow(RangeError);
  });
});

describe('the signed-rank test', () => {
  test('of the depression data of Hollander and Wolfe has V = 40 and p = 0.01953125', () => {
    const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
    const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
    const found = wilcoxon(before.map((value, i) => value - after[i]!));
    expect(found).toMatchObject({ v: 40, n: 9, pGreater: 0.01953125, pTwoSided: 0.0390625, method: 'exact' });
  });

  test('counts every pattern of signs, ties and zeros too', () => {
    fc.assert(
      fc.property(small, (differences) => {
        const found = wilcoxon(differences);
        const counted = differences.filter((d) => d !== 0);
        const ranks = counted.map((d) => {
          const smaller = counted.filter((other) => Math.abs(other) < Math.abs(d)).length;
          const equal = counted.filter((other) => Math.abs(other) === Math.abs(d)).length;
          return smaller + (equal + 1) / 2;
        });
        const v = (signs: readonly number[]): number =>
          ranks.reduce((total, rank, i) => total + (signs[i]! > 0 ? rank : 0), 0);
        expect(found.v).toBe(v(counted));
        const all = patterns(counted.length).map(v);
        expect(found.pGreater).toBeCloseTo(all.filter((sum) => sum >= found.v).length / all.length, 12);
        expect(found.pLess).toBeCloseTo(all.filter((sum) => sum <= found.v).length / all.length, 12);
      }),
    );
  });

  test('of many differences is close to the exact one', () => {
    const differences = Array.from({ length: 200 }, (_, i) => (i % 5 < 2 ? -1 : 1) * (i + 1));
    const [exact, normal] = [wilcoxon(differences), wilcoxon([...differences, -100.5])];
    expect([exact.method, normal.method]).toEqual(['exact', 'normal']);
    expect(normal.pGreater).toBeGreaterThan(exact.pGreater / 2);
    expect(normal.pGreater).toBeLessThan(exact.pGreater * 2);
  });
});
