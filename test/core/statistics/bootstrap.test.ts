import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { pairedBootstrap } from '../../../src/core/statistics/bootstrap.ts';

function meanOf(values: readonly number[]): (sample: Uint32Array) => number {
  return (sample) => sample.reduce((total, i) => total + values[i]!, 0) / sample.length;
}

const differences = Array.from({ length: 40 }, (_, i) => ((i * 37) % 19) - 7);

describe('the paired bootstrap', () => {
  test('gives the same data the same interval, whatever else is compared', () => {
    const statistic = meanOf(differences);
    const [alone] = pairedBootstrap({ events: 40, statistics: (sample) => [statistic(sample)] });
    const [reversed, again] = pairedBootstrap({
      events: 40,
      statistics: (sample) => [-statistic(sample), statistic(sample)],
    });
    expect(again).toEqual(alone);
    expect(reversed).toMatchObject({ difference: -alone!.difference, se: alone!.se, p: alone!.p });
    expect(reversed!.low).toBeCloseTo(-alone!.high, 12);
    expect(pairedBootstrap({ events: 40, seed: 1, statistics: (sample) => [statistic(sample)] })).not.toEqual([alone]);
  });

  test('of a mean has the standard error of the mean', () => {
    const [found] = pairedBootstrap({ events: 40, statistics: (sample) => [meanOf(differences)(sample)] });
    const middle = differences.reduce((total, d) => total + d, 0) / 40;
    const se = Math.sqrt(differences.reduce((total, d) => total + (d - middle) ** 2, 0)) / 40;
    expect(found!.difference).toBeCloseTo(middle, 12);
    expect(found!.se / se).toBeGreaterThan(0.95);
    expect(found!.se / se).toBeLessThan(1.05);
    expect(found!.low).toBeLessThan(middle - 1.8 * se);
    expect(found!.high).toBeGreaterThan(middle + 1.8 * se);
  });

  test('has an interval that holds its estimate, for any data', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -50, max: 50 }), { minLength: 20, maxLength: 50 }), (values) => {
        const [found] = pairedBootstrap({
          events: values.length,
          resamples: 399,
          statistics: (sample) => [meanOf(values)(sample)],
        });
        expect(found!.low).toBeLessThanOrEqual(found!.high);
        expect(found!.low).toBeLessThanOrEqual(found!.difference + 1e-9);
        expect(found!.high).toBeGreaterThanOrEqual(found!.difference - 1e-9);
        expect(found!.p).toBeGreaterThanOrEqual(2 / 400);
        expect(found!.p).toBeLessThanOrEqual(1);
      }),
      { numRuns: 50 },
    );
  });

  test('counts resamples whose statistic is not finite', () => {
    const [found] = pairedBootstrap({
      events: 20,
      resamples: 999,
      statistics: (sample) => [sample.includes(0) ? 1 + sample[1]! : Number.NaN],
    });
    // (1 - 1 / 20)^20 of them lack the first event.
    expect(found!.lost).toBeGreaterThan(300);
    expect(found!.lost).toBeLessThan(420);
    expect(Number.isFinite(found!.low)).toBe(true);
  });

  test('refuses few events, and too few resamples for its level', () => {
    const statistics = (): readonly number[] => [0];
    expect(() => pairedBootstrap({ events: 19, statistics })).toThrow(/20 events/);
    expect(() => pairedBootstrap({ events: 100, resamples: 9, statistics })).toThrow(/too few/);
  });
});
