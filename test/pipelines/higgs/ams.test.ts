import { describe, expect, test } from 'vitest';
import { ams } from '../../../pipelines/higgs/ams.ts';

describe('the AMS', () => {
  test('of selecting everything is 1.079 on the official sums of weights', () => {
    expect(ams(691.9886, 410999.8473)).toBeCloseTo(1.079, 3);
  });

  test('is what its formula gives, with 10 added to the background', () => {
    const [s, b] = [200, 2400];
    expect(ams(s, b)).toBeCloseTo(Math.sqrt(2 * ((s + b + 10) * Math.log(1 + s / (b + 10)) - s)), 12);
    expect(ams(s, b, 0)).toBeCloseTo(Math.sqrt(2 * ((s + b) * Math.log(1 + s / b) - s)), 12);
  });

  test('tends to s / sqrt(b + br) for little signal', () => {
    expect(ams(1, 1e8) / (1 / Math.sqrt(1e8 + 10))).toBeCloseTo(1, 6);
  });

  test('is -1 without background, or where the radicand is not positive', () => {
    expect(ams(10, 0)).toBe(-1);
    expect(ams(0, 10)).toBe(-1);
    expect(ams(0, 0)).toBe(-1);
  });
});
