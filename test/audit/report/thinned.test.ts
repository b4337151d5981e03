import fc from 'fast-check';
import { expect, test } from 'vitest';
import { thinned } from '../../../src/audit/report/thinned.ts';

const values = fc.array(fc.oneof({ weight: 9, arbitrary: fc.double({ noNaN: true }) }, fc.constant(Number.NaN)), {
  minLength: 1,
  maxLength: 300,
});

test('a thinned series has at most so many points, all of them recorded ones in their order, and the ends and extremes', () => {
  fc.assert(
    fc.property(values, fc.integer({ min: 4, max: 60 }), (ys, most) => {
      const series = ys.map((y, x) => ({ x, y }));
      const { points, least, greatest, isThinned, values: count, notFinite } = thinned(series, most);
      const finite = ys.filter((y) => Number.isFinite(y));
      expect(points.length).toBeLessThanOrEqual(Math.max(most, 4));
      expect(isThinned).toBe(ys.length > most);
      expect([count, notFinite]).toEqual([ys.length, ys.length - finite.length]);
      const xs = points.map(([x]) => x);
      expect(xs).toEqual([...new Set(xs)].sort((a, b) => a - b));
      expect([xs[0], xs.at(-1)]).toEqual([0, ys.length - 1]);
      for (const [x, y] of points) expect(y).toBe(Number.isFinite(ys[x]!) ? ys[x] : null);
      const kept = points.flatMap(([, y]) => y ?? []);
      expect([least, greatest]).toEqual(
        finite.length === 0 ? [null, null] : [Math.min(...finite), Math.max(...finite)],
      );
      if (least !== null) expect([Math.min(...kept), Math.max(...kept)]).toEqual([least, greatest]);
    }),
  );
});

test('a short series is not thinned', () => {
  const { points, isThinned, first, last } = thinned(
    [
      { x: 5, y: 1 },
      { x: 7, y: Number.POSITIVE_INFINITY },
    ],
    4,
  );
  expect([points, isThinned, first, last]).toEqual([
    [
      [5, 1],
      [7, null],
    ],
    false,
    1,
    Number.POSITIVE_INFINITY,
  ]);
});
