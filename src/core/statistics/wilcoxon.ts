/**
 * Wilcoxon's signed-rank test of paired differences (Biometrics Bulletin 1 (1945); Hollander and Wolfe, "Nonparametric
 * Statistical Methods", section 3.1). Differences of 0 are left out; equal sizes share the mean of their ranks.
 */
import { studentTail } from './student-t.ts';

export interface Wilcoxon {
  /** The sum of the ranks of positive differences. */
  readonly v: number;
  /** Differences that are not 0. */
  readonly n: number;
  /** P(V >= v), if each difference had either sign with equal chance. */
  readonly pGreater: number;
  /** P(V <= v) */
  readonly pLess: number;
  readonly pTwoSided: number;
  /** `normal` with a correction for continuity, for many differences. */
  readonly method: 'exact' | 'normal';
}

/** Up to so many differences, every pattern of signs is counted. */
const MOST_EXACT = 200;

/** Exact for up to 200 differences that are not 0, also with ties. @throws RangeError if a difference is not finite */
export function wilcoxon(differences: readonly number[]): Wilcoxon {
  if (!differences.every(Number.isFinite)) throw new RangeError('A signed-rank test needs finite differences.');
  const counted = differences.filter((difference) => difference !== 0);
  const doubled = doubledRanks(counted.map(Math.abs));
  const v = doubled.reduce((total, rank, i) => total + (counted[i]! > 0 ? rank : 0), 0);
  const method = counted.length <= MOST_EXACT ? 'exact' : 'normal';
  const [pLess, pGreater] = method === 'exact' ? exactTails(doubled, v) : normalTails(doubled, v);
  return {
    v: v / 2,
    n: counted.length,
    pGreater,
    pLess,
    pTwoSided: Math.min(1, 2 * Math.min(pLess, pGreater)),
    method,
  };
}

/** Twice the rank of each size, which is whole with ties too. */
function doubledRanks(sizes: readonly number[]): readonly number[] {
  const order = sizes.map((_, i) => i).sort((i, j) => sizes[i]! - sizes[j]!);
  const ranks = new Array<number>(sizes.length).fill(0);
  for (let from = 0; from < order.length;) {
    let to = from + 1;
    while (to < order.length && sizes[order[to]!] === sizes[order[from]!]) to++;
    // Ranks from + 1 to `to`: twice their mean.
    for (const i of order.slice(from, to)) ranks[i] = from + 1 + to;
    from = to;
  }
  return ranks;
}

/** P(2 V <= v) and P(2 V >= v): probabilities of each sum, one rank after the other. */
function exactTails(doubled: readonly number[], v: number): readonly [number, number] {
  const chances = new Float64Array(doubled.reduce((total, rank) => total + rank, 0) + 1);
  chances[0] = 1;
  let most = 0;
  for (const rank of doubled) {
    most += rank;
    for (let total = most; total >= 0; total--)
      chances[total] = (chances[total]! + (total >= rank ? chances[total - rank]! : 0)) / 2;
  }
  const tail = (from: number, to: number): number => chances.subarray(from, to).reduce((total, p) => total + p, 0);
  return [tail(0, v + 1), tail(v, chances.length)];
}

function normalTails(doubled: readonly number[], v: number): readonly [number, number] {
  const middle = doubled.reduce((total, rank) => total + rank, 0) / 2;
  const sd = Math.sqrt(doubled.reduce((total, rank) => total + rank * rank, 0)) / 2;
  // Half a step of V is one of 2 V.
  const tail = (distance: number): number => studentTail(distance / sd, Number.POSITIVE_INFINITY);
  return [tail(middle - v - 1), tail(v - middle - 1)];
}
