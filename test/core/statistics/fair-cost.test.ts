import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fairCosts, type WorkUnit } from '../../../src/core/statistics/fair-cost.ts';

const work = (seconds: number, branches: string, cached = false): WorkUnit => ({
  seconds,
  branches: Array.from(branches),
  cached,
});

describe('costs of branches that share work', () => {
  const found = fairCosts(
    ['a', 'b', 'c'],
    [work(12, 'abc'), work(4, 'ab'), work(5, 'a'), work(7, 'c'), work(30, 'ab', true), work(2, '')],
  );

  test('are divided equally among those that use it', () => {
    expect(found.branches.get('a')).toEqual({ alone: 51, marginal: 5, fair: 11, cached: 30, shared: 10, saved: 40 });
    expect(found.branches.get('b')).toEqual({ alone: 46, marginal: 0, fair: 6, cached: 30, shared: 10, saved: 40 });
    expect(found.branches.get('c')).toEqual({ alone: 19, marginal: 7, fair: 11, cached: 0, shared: 8, saved: 8 });
  });

  test('have totals, and work that no branch uses stands apart', () => {
    expect(found).toMatchObject({ executed: 28, unused: 2, cached: 30, alone: 116 });
  });

  test('of a branch without work are 0', () => {
    expect(fairCosts(['a'], []).branches.get('a')).toMatchObject({ alone: 0, fair: 0, marginal: 0, saved: 0 });
  });

  test('add up to the total within 1e-9, and each branch to what it would take alone', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const unit = fc.record({
      seconds: fc.double({ min: 0, max: 1e5, noNaN: true }),
      branches: fc.subarray(names, { minLength: 1 }),
      cached: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(unit, { maxLength: 60 }), (units) => {
        const { branches, executed, alone } = fairCosts(names, units);
        const total = (of: (cost: { fair: number; alone: number }) => number): number =>
          [...branches.values()].reduce((sum, cost) => sum + of(cost), 0);
        expect(Math.abs(total(({ fair }) => fair) - executed)).toBeLessThan(1e-9 * Math.max(1, executed));
        expect(Math.abs(total((cost) => cost.alone) - alone)).toBeLessThan(1e-9 * Math.max(1, alone));
        for (const cost of branches.values()) {
          expect(cost.marginal).toBeLessThanOrEqual(cost.fair * (1 + 1e-12));
          expect(Math.abs(cost.fair + cost.saved - cost.alone)).toBeLessThan(1e-9 * Math.max(1, cost.alone));
        }
      }),
    );
  });

  test('of 100,000 nodes that take 0.1 s each add up to 1e-9 s', () => {
    const names = ['a', 'b', 'c'];
    const { branches, executed } = fairCosts(
      names,
      Array.from({ length: 100_000 }, () => work(0.1, 'abc')),
    );
    const [a, b, c] = names.map((name) => branches.get(name)!.fair);
    expect(Math.abs(a! + b! + c! - executed)).toBeLessThan(1e-9);
    expect(executed).toBeCloseTo(10_000, 9);
  });

  test('refuse what cannot be', () => {
    expect(() => fairCosts(['a'], [work(-1, 'a')])).toThrow(/seconds/);
    expect(() => fairCosts(['a'], [work(1, 'b')])).toThrow(/not a branch/);
    expect(() => fairCosts(['a'], [work(1, 'aa')])).toThrow(/twice/);
  });
});
