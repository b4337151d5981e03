/**
 * Whether a difference matters: the Bayesian correlated t-test (Corani and Benavoli, Machine Learning 100 (2015)).
 *
 * With the matching prior, the true difference is distributed as Student's t around the observed one, with the standard
 * error and the degrees of freedom of the corrected test.
 */
import type { Direction } from './paired-difference.ts';
import { studentTail } from './student-t.ts';

/** Chances that the variant is worse than the base, practically the same, or better. They add up to 1. */
export interface Equivalence {
  readonly worse: number;
  readonly same: number;
  readonly better: number;
}

/**
 * @param rope differences from -rope to rope are practically 0; the metric's unit
 * @throws RangeError if rope is not a number from 0, or the standard error or the degrees of freedom are not above 0
 */
export function equivalence(
  estimate: { readonly difference: number; readonly se: number; readonly df: number },
  rope: number,
  better: Direction,
): Equivalence {
  const { difference, se, df } = estimate;
  if (!(rope >= 0 && rope < Number.POSITIVE_INFINITY))
    throw new RangeError(`A region of practical equivalence is a number from 0, not ${rope}.`);
  if (!(se > 0)) throw new RangeError(`A standard error is above 0, not ${se}.`);
  const below = studentTail((difference + rope) / se, df);
  const above = studentTail((rope - difference) / se, df);
  const same = Math.max(0, 1 - below - above);
  return better === 'higher' ? { worse: below, same, better: above } : { worse: above, same, better: below };
}
