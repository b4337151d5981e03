import { describe, expect, test } from 'vitest';
import { ams, amsWithUncertainty } from '../../../pipelines/higgs/judging/ams.ts';

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

describe('the AMS with an uncertain background', () => {
  test('is the one without regulariser where the uncertainty vanishes', () => {
    expect(amsWithUncertainty(200, 2400, 0)).toBe(ams(200, 2400, 0));
    expect(amsWithUncertainty(200, 2400, 1e-3)).toBeCloseTo(ams(200, 2400, 0), 6);
  });

  test('is what its formula gives', () => {
    const [s, b, d] = [50, 100, 20];
    const first = (s + b) * Math.log(((s + b) * (b + d * d)) / (b * b + (s + b) * d * d));
    const second = ((b * b) / (d * d)) * Math.log(1 + (d * d * s) / (b * (b + d * d)));
    expect(amsWithUncertainty(s, b, d)).toBeCloseTo(Math.sqrt(2 * (first - second)), 12);
  });

  test('tends to s / sqrt(b + d^2) for little signal', () => {
    expect(amsWithUncertainty(1, 1e4, 100) * Math.sqrt(2e4)).toBeCloseTo(1, 3);
  });

  test('falls as the uncertainty grows, and is -1 without background', () => {
    const values = [0, 1, 10, 100, 1000].map((deviation) => amsWithUncertainty(200, 2400, deviation));
    expect(values).toEqual([...values].sort((a, b) => b - a));
    expect(new Set(values).size).toBe(5);
    expect(amsWithUncertainty(10, 0, 1)).toBe(-1);
  });
});
