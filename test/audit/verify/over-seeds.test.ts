import { describe, expect, test } from 'vitest';
import { compareOverSeeds } from '../../../src/audit/verify/over-seeds.ts';
import { streamsOf } from '../../../src/core/identity/random.ts';
import { sha256 } from '../../../src/core/identity/digest.ts';

const numbers = (values: Readonly<Record<string, number>>) => new Map(Object.entries(values));
const losses = (...values: readonly number[]) => values.map((loss) => numbers({ loss }));

describe('a result held against other seeds', () => {
  test('holds where its number is in the interval, and its place is told', () => {
    const { holds, seeds, left, numbers: told } = compareOverSeeds(numbers({ loss: 2.5 }), losses(1, 2, 3, 4, 5));
    expect({ holds, seeds, left }).toEqual({ holds: true, seeds: 5, left: [] });
    // t(0.975; 4) = 2.7764451052, sd = sqrt(2.5)
    const reach = 2.7764451052 * Math.sqrt(2.5) * Math.sqrt(1.2);
    expect(told).toMatchObject([{ name: 'loss', recorded: 2.5, mean: 3, below: 2 }]);
    expect(told[0]!.low).toBeCloseTo(3 - reach, 8);
    expect(told[0]!.high).toBeCloseTo(3 + reach, 8);
  });

  test('does not hold where one number is too far away', () => {
    expect(compareOverSeeds(numbers({ loss: 9 }), losses(1, 2, 3, 4, 5)).holds).toBe(false);
  });

  test('is not judged without numbers, or with fewer than three seeds', () => {
    expect(compareOverSeeds(new Map(), [new Map(), new Map(), new Map()])).toMatchObject({ holds: false, numbers: [] });
    expect(compareOverSeeds(numbers({ loss: 1 }), losses(1, 1))).toMatchObject({ holds: false, left: ['loss'] });
    const samples = [numbers({ a: 1, b: 1 }), numbers({ a: 2 }), numbers({ a: 3, b: 2 })];
    expect(compareOverSeeds(numbers({ a: 2, b: 5 }), samples)).toMatchObject({ holds: true, left: ['b'] });
  });

  test('has to be the same where other seeds change nothing, or give no finite number', () => {
    const same = losses(7, 7, 7);
    expect(compareOverSeeds(numbers({ loss: 7 }), same).holds).toBe(true);
    expect(compareOverSeeds(numbers({ loss: 7 + 1e-15 * 8 }), same).holds).toBe(false);
    expect(compareOverSeeds(numbers({ loss: Number.NaN }), losses(1, 2, 3)).holds).toBe(false);
    expect(compareOverSeeds(numbers({ loss: Number.NaN }), losses(Number.NaN, Number.NaN, 3)).holds).toBe(true);
  });

  test('is refuted by chance about once in twenty times, however many numbers it has', () => {
    const random = streamsOf(sha256('over seeds'))('draws');
    const draw = () => numbers(Object.fromEntries(Array.from({ length: 12 }, (_, k) => [`x${k}`, random.normal()])));
    const rounds = 1000;
    let refuted = 0;
    for (let round = 0; round < rounds; round++) {
      const samples = Array.from({ length: 8 }, draw);
      if (!compareOverSeeds(draw(), samples).holds) refuted += 1;
    }
    // Holm is exact for independent numbers to first order; three standard errors of 0.05 are 0.021.
    expect(refuted / rounds).toBeGreaterThan(0.02);
    expect(refuted / rounds).toBeLessThan(0.08);
  });
});
