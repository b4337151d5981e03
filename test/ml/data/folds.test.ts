import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { shuffledBatches } from '../../../src/ml/training/batches.ts';
import { stratifiedFolds, stratifiedSplit } from '../../../src/ml/data/folds.ts';
import { streams } from '../samples.ts';

const anyKeys = fc.array(fc.integer({ min: -2, max: 5 }), { minLength: 1, maxLength: 200 });

/** How many of these rows have each key. */
function tally(keys: readonly number[], rows: Uint32Array): Map<number, number> {
  const counts = new Map(keys.map((key) => [key, 0]));
  for (const row of rows) counts.set(keys[row]!, counts.get(keys[row]!)! + 1);
  return counts;
}

const ascending = (rows: Iterable<number>): number[] => [...rows].sort((a, b) => a - b);

describe('stratified folds', () => {
  test('hold every row once, and the same number of each key and of all rows to within one', () => {
    fc.assert(
      fc.property(anyKeys, fc.integer({ min: 1, max: 10 }), fc.nat(1000), (keys, wanted, seed) => {
        const count = Math.min(wanted, keys.length);
        const folds = stratifiedFolds(keys, count, streams(seed)('folds'));
        expect(folds.length).toBe(count);
        expect(ascending(folds.flatMap((rows) => [...rows]))).toEqual(keys.map((_, i) => i));
        const spread = (counts: number[]): number => Math.max(...counts) - Math.min(...counts);
        expect(spread(folds.map((rows) => rows.length))).toBeLessThanOrEqual(1);
        const tallies = folds.map((rows) => tally(keys, rows));
        for (const key of new Set(keys))
          expect(spread(tallies.map((counts) => counts.get(key)!))).toBeLessThanOrEqual(1);
        for (const rows of folds) expect([...rows]).toEqual(ascending(rows));
      }),
      { seed: 1 },
    );
  });

  test('are the same for the same stream, and different for another', () => {
    const keys = Uint8Array.from({ length: 100 }, (_, i) => i % 3);
    const folds = (seed: number) => stratifiedFolds(keys, 5, streams(seed)('folds'));
    expect(folds(1)).toEqual(folds(1));
    expect(folds(1)).not.toEqual(folds(2));
  });

  test('cannot outnumber the rows', () => {
    expect(() => stratifiedFolds([1, 2], 3, streams(1)('folds'))).toThrow('2 rows cannot be dealt into 3 folds.');
  });
});

describe('a stratified split', () => {
  test('puts the fraction of all rows, and of every key to within one row, into the second part', () => {
    fc.assert(
      fc.property(anyKeys, fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(1000), (keys, fraction, seed) => {
        const { first, second } = stratifiedSplit(keys, fraction, streams(seed)('split'));
        expect(ascending([...first, ...second])).toEqual(keys.map((_, i) => i));
        expect(second.length).toBe(Math.round(keys.length * fraction));
        const all = tally(
          keys,
          Uint32Array.from(keys, (_, i) => i),
        );
        for (const [key, count] of tally(keys, second))
          expect(Math.abs(count - fraction * all.get(key)!)).toBeLessThanOrEqual(1);
      }),
      { seed: 1 },
    );
  });

  test('draws its rows at random', () => {
    const { second } = stratifiedSplit(new Uint8Array(10_000), 0.2, streams(1)('split'));
    const mean = second.reduce((sum, row) => sum + row, 0) / second.length;
    // 2,000 of 10,000 rows: the mean row is 5,000 with a standard error of 58.
    expect(Math.abs(mean - 5000)).toBeLessThan(250);
  });

  test('of a fraction above 1 is refused', () => {
    expect(() => stratifiedSplit([1], 1.5, streams(1)('split'))).toThrow(RangeError);
  });
});

describe('shuffled batches', () => {
  test('take no row twice and drop an incomplete batch', () => {
    const batches = [...shuffledBatches(20_003, 256, streams(1)('batches'))];
    // 78 batches for folds of 19,995 to 20,003 rows, as in the HiggsML study.
    expect(batches.length).toBe(78);
    for (const batch of batches) expect(batch.length).toBe(256);
    const rows = new Set(batches.flatMap((batch) => [...batch]));
    expect(rows.size).toBe(78 * 256);
    expect(Math.max(...rows)).toBeGreaterThan(78 * 256);
  });
});
