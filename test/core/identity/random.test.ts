import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nodeSeed, streamsOf } from '../../../src/core/identity/random.ts';

const streams = streamsOf(nodeSeed(1, 'higgs/split', 'split'));
const take = (n: number, draw: () => number): readonly number[] => Array.from({ length: n }, draw);

describe('a random stream', () => {
  test('gives the same draws for the same name, and others for another name', () => {
    const first = take(5, streams('a').uint32);
    expect(take(5, streams('a').uint32)).toEqual(first);
    expect(take(5, streams('b').uint32)).not.toEqual(first);
  });

  test('depends on seed, stage and instance, and on nothing else', () => {
    const seeds = [
      nodeSeed(1, 'higgs/split', 'split'),
      nodeSeed(2, 'higgs/split', 'split'),
      nodeSeed(1, 'higgs/folds', 'split'),
      nodeSeed(1, 'higgs/split', 'split@fold=1'),
    ];
    expect(new Set(seeds).size).toBe(4);
    expect(nodeSeed(1, 'higgs/split', 'split')).toBe(seeds[0]);
  });

  test('cannot be confused by moving a character between stage and instance', () => {
    expect(nodeSeed(1, 'a', 'bc')).not.toBe(nodeSeed(1, 'ab', 'c'));
  });

  test('is golden: a change here needs a new SCHEMA in identity/schema.ts', () => {
    expect(take(3, streams('golden').uint32)).toMatchInlineSnapshot(`
      [
        536144316,
        258081324,
        3011403179,
      ]
    `);
  });

  test('is the xoshiro128** 1.1 of Blackman and Vigna', () => {
    // Reference in 64-bit integers, after arXiv:1805.01407: state s, result rotl(s1 * 5, 7) * 9.
    const seed = nodeSeed(3, 's', 'i');
    const random = streamsOf(seed)('x');
    const state = referenceState(seed, 'x');
    for (let i = 0; i < 1000; i++) expect(random.uint32()).toBe(referenceNext(state));
  });

  test('draws integers below n evenly', () => {
    const random = streams('even');
    const counts = new Array<number>(6).fill(0);
    for (let i = 0; i < 60_000; i++) counts[random.integer(6)]! += 1;
    // Chi-square with 5 degrees of freedom: 20.5 is its 99.9 % point.
    expect(counts.reduce((sum, n) => sum + (n - 10_000) ** 2 / 10_000, 0)).toBeLessThan(20.5);
  });

  test('draws normal numbers of mean 0, variance 1 and kurtosis 3', () => {
    const random = streams('normal');
    const draws = take(100_000, random.normal);
    const moment = (k: number): number => draws.reduce((sum, x) => sum + x ** k, 0) / draws.length;
    // Five standard errors each.
    expect(Math.abs(moment(1))).toBeLessThan(0.016);
    expect(Math.abs(moment(2) - 1)).toBeLessThan(0.023);
    expect(Math.abs(moment(4) - 3)).toBeLessThan(0.16);
  });

  test('shuffles without losing or inventing anything, in place', () => {
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.string(), (items, name) => {
        const shuffled = [...items];
        expect(streams(name).shuffle(shuffled)).toBe(shuffled);
        expect([...shuffled].sort((a, b) => a - b)).toEqual([...items].sort((a, b) => a - b));
      }),
    );
  });

  test('refuses an empty range', () => {
    expect(() => streams('r').integer(0)).toThrow('1 <= n <= 2^32');
  });
});

function referenceState(seed: string, stream: string): bigint[] {
  const digest = createHash('sha256')
    .update(JSON.stringify(['restage/stream/v1', seed, stream]))
    .digest();
  return [0, 4, 8, 12].map((at) => BigInt(digest.readUInt32LE(at)));
}

function referenceNext(s: bigint[]): number {
  const mask = 0xffffffffn;
  const rotl = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & mask;
  const result = (rotl((s[1]! * 5n) & mask, 7n) * 9n) & mask;
  const t = (s[1]! << 9n) & mask;
  s[2]! ^= s[0]!;
  s[3]! ^= s[1]!;
  s[1]! ^= s[2]!;
  s[0]! ^= s[3]!;
  s[2]! ^= t;
  s[3] = rotl(s[3]!, 11n);
  return Number(result);
}
