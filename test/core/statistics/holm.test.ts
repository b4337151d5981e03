import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holm } from '../../../src/core/statistics/holm.ts';

describe("Holm's correction", () => {
  test('multiplies the least by the number of comparisons, the next by one less (R 4: p.adjust)', () => {
    expect(holm([0.01, 0.04, 0.03])).toEqual([0.03, 0.06, 0.06]);
    expect(holm([0.5, 0.9])).toEqual([1, 1]);
    expect(holm([])).toEqual([]);
  });

  test('leaves out what has no p-value', () => {
    expect(holm([null, 0.01, null, 0.02])).toEqual([null, 0.02, null, 0.02]);
  });

  test('keeps the order, is never below the raw p-value, and never above 1', () => {
    const p = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(p, { maxLength: 20 }), (ps) => {
        const corrected = holm(ps) as readonly number[];
        corrected.forEach((value, i) => {
          expect(value).toBeGreaterThanOrEqual(ps[i]!);
          expect(value).toBeLessThanOrEqual(1);
          for (const [j, other] of corrected.entries()) if (ps[i]! < ps[j]!) expect(value).toBeLessThanOrEqual(other);
        });
        expect(Math.min(...corrected, 1)).toBeCloseTo(Math.min(1, Math.min(...ps, 1) * Math.max(1, ps.length)), 12);
      }),
    );
  });
});
