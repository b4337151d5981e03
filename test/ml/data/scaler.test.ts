import { describe, expect, test } from 'vitest';
import { tableOf } from '../../../src/core/artifact/tensors.ts';
import { DataError } from '../../../src/errors.ts';
import { takeRows } from '../../../src/ml/data/dataset.ts';
import { applyScaler, fitScaler } from '../../../src/ml/data/scaler.ts';

describe('a scaler', () => {
  const table = tableOf({
    mass: Float64Array.of(2, 4, Number.NaN, 4, 4, 5, 5, 7, 9),
    label: Uint8Array.of(1, 0, 1, 0, 1, 0, 1, 0, 1),
  });

  test('uses the mean and population standard deviation of the values that are not missing', () => {
    // 2, 4, 4, 4, 5, 5, 7, 9: mean 5, deviation 2, the textbook example.
    expect(fitScaler(table, ['mass'])).toEqual({ columns: [{ name: 'mass', mean: 5, scale: 2 }] });
  });

  test('makes columns standard, keeps missing values missing and leaves other columns alone', () => {
    const scaled = applyScaler(fitScaler(table, ['mass']), table);
    expect(scaled.columns.mass).toEqual(Float32Array.of(-1.5, -0.5, Number.NaN, -0.5, -0.5, 0, 0, 1, 2));
    expect(scaled.columns.label).toBe(table.columns.label);
  });

  test('does not divide a constant column by zero', () => {
    // Long enough for the rounding of the sum to show in a mean: 0.1 has no finite binary form.
    const long = tableOf({ flat: new Float64Array(100_000).fill(0.1) });
    const scaler = fitScaler(long, ['flat']);
    expect(scaler.columns).toEqual([{ name: 'flat', mean: 0.1, scale: 1 }]);
    expect(applyScaler(scaler, long).columns.flat).toEqual(new Float32Array(100_000));
  });

  test('keeps its precision far from zero', () => {
    // sum of x^2 - n mean^2 would lose all digits here.
    const far = tableOf({ x: Float64Array.of(1e8, 1e8 + 1, 1e8 + 2) });
    expect(fitScaler(far, ['x']).columns[0]!.scale).toBeCloseTo(Math.sqrt(2 / 3), 12);
  });

  test('gives the same in any unit of measurement, from the smallest number to the greatest', () => {
    const textbook = [2, 4, 4, 4, 5, 5, 7, 9];
    for (const unit of [2 ** -1060, 2 ** -700, 1, 2 ** 700, 2 ** 1020]) {
      const measured = tableOf({ x: Float64Array.from(textbook, (value) => value * unit) });
      const scaler = fitScaler(measured, ['x']);
      expect(scaler.columns).toEqual([{ name: 'x', mean: 5 * unit, scale: 2 * unit }]);
      expect(applyScaler(scaler, measured).columns.x).toEqual(Float32Array.from(textbook, (value) => (value - 5) / 2));
    }
    const extreme = tableOf({ x: Float64Array.of(-Number.MAX_VALUE, -Number.MAX_VALUE, Number.MAX_VALUE) });
    const [low, , high] = applyScaler(fitScaler(extreme, ['x']), extreme).columns.x;
    expect(low).toBeCloseTo(-Math.SQRT1_2, 6);
    expect(high).toBeCloseTo(Math.SQRT2, 6);
  });

  test('refuses columns that are missing, empty or infinite', () => {
    const bad = tableOf({ none: Float32Array.of(Number.NaN), huge: Float32Array.of(Number.POSITIVE_INFINITY) });
    expect(() => fitScaler(bad, ['none'])).toThrow(
      new DataError('Column none has no value to standardise by: it is NaN in every row.'),
    );
    expect(() => fitScaler(bad, ['huge'])).toThrow(/^Column huge holds Infinity in row 0/);
    expect(() => applyScaler({ columns: [{ name: 'mass', mean: 0, scale: 1 }] }, bad)).toThrow(
      new DataError('The table has no column mass; it has none, huge.'),
    );
  });
});

describe('taking rows', () => {
  test('keeps the type and the order asked for', () => {
    expect(takeRows(Uint8Array.of(10, 11, 12, 13), [3, 0, 3])).toEqual(Uint8Array.of(13, 10, 13));
    expect(takeRows(Float32Array.of(1, 2, 3, 4, 5, 6), [2, 0], 2)).toEqual(Float32Array.of(5, 6, 1, 2));
  });

  test('refuses a row that is not there', () => {
    expect(() => takeRows(Uint8Array.of(1, 2), [2])).toThrow('There is no row 2 in an array of 2 rows.');
  });
});
