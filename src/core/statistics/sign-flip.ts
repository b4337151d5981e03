/**
 * The sign-flip test of paired differences: how often a sum is as far from 0 as theirs, if each had either sign with
 * equal chance (Fisher, "The Design of Experiments", 1935, section 21). It assumes independent, symmetric differences
 * and no normal distribution. With n pairs no p-value is below 2 / 2^n: five pairs cannot reach 0.05.
 */
import { randomStreams } from '../identity/random.ts';
import { sum } from './moments.ts';

export interface SignFlip {
  /** Two-sided. */
  readonly p: number;
  /** The least p-value that so many pairs can have. */
  readonly least: number;
  readonly method: 'exact' | 'random';
}

/** Up to so many differences, all sign patterns are counted; the two halves have 2^16 each. */
const MOST_EXACT = 32;
const DRAWS = 100_000;

/**
 * Exact for up to 32 differences, else with 100,000 draws of a stream that depends on their number alone. Differences
 * of 0 take part.
 *
 * @throws RangeError without differences, or if one is not finite
 */
export function signFlip(differences: readonly number[]): SignFlip {
  const n = differences.length;
  if (n === 0) throw new RangeError('A sign-flip test needs differences.');
  if (!differences.every(Number.isFinite)) throw new RangeError('A sign-flip test needs finite differences.');
  const sizes = differences.map(Math.abs);
  // Sums of the same numbers in another order differ by rounding.
  const reached = Math.abs(sum(differences)) - 1e-12 * sum(sizes);
  if (n > MOST_EXACT) {
    const p = (1 + drawsBeyond(sizes, reached)) / (1 + DRAWS);
    return { p, least: 1 / (1 + DRAWS), method: 'random' };
  }
  const half = n >> 1;
  const first = signedSums(sizes.slice(0, half));
  const second = signedSums(sizes.slice(half));
  return { p: pairsBeyond(first, second, reached) / 2 ** n, least: 2 / 2 ** n, method: 'exact' };
}

/** All 2^n sums of the sizes with signs, ascending. */
function signedSums(sizes: readonly number[]): Float64Array {
  const sums = new Float64Array(2 ** sizes.length);
  let filled = 1;
  for (const size of sizes) {
    for (let i = 0; i < filled; i++) {
      const before = sums[i]!;
      sums[filled + i] = before + size;
      sums[i] = before - size;
    }
    filled *= 2;
  }
  return sums.sort();
}

/** How many sums of a member of each are as far from 0 as `reached`. The sums are symmetric about 0. */
function pairsBeyond(first: Float64Array, second: Float64Array, reached: number): number {
  if (reached <= 0) return first.length * second.length;
  let count = 0;
  let from = second.length;
  for (const low of first) {
    while (from > 0 && low + second[from - 1]! >= reached) from--;
    count += second.length - from;
  }
  return 2 * count;
}

function drawsBeyond(sizes: readonly number[], reached: number): number {
  const random = randomStreams({ stage: 'restage/sign-flip', key: { pairs: sizes.length } })('signs');
  let count = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    let total = 0;
    let bits = 0;
    for (let i = 0; i < sizes.length; i++) {
      if (i % 32 === 0) bits = random.uint32();
      total += bits & 1 ? sizes[i]! : -sizes[i]!;
      bits >>>= 1;
    }
    if (Math.abs(total) >= reached) count++;
  }
  return count;
}
