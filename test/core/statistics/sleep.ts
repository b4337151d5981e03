/**
 * Extra hours of sleep with two drugs, ten patients each: Student, "The probable error of a mean", 1908; R's `sleep`.
 */
import type { Pair } from '../../../src/core/statistics/paired-difference.ts';

const FIRST = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const SECOND = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];

export function pairsOfValues(base: readonly number[], variant: readonly number[]): readonly Pair[] {
  return base.map((value, i) => ({
    name: `seed=${i}`,
    base: { kind: 'value', value },
    variant: { kind: 'value', value: variant[i]! },
  }));
}

/** The first drug minus the second: the differences that R prints t = -4.0621 for. */
export const SLEEP = pairsOfValues(SECOND, FIRST);
export const SLEEP_REVERSED = pairsOfValues(FIRST, SECOND);
