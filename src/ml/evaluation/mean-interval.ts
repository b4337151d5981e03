/** The mean of independent results, and how far it may be from what it would be without end. */
import { mean, standardDeviation } from '../../core/statistics/moments.ts';
import { criticalT } from '../../core/statistics/student-t.ts';

export interface MeanInterval {
  readonly mean: number;
  /** How far the interval reaches to each side; null for one value, which tells nothing of its error. */
  readonly within: number | null;
}

/**
 * Student's interval of the mean, mean +- t s / sqrt(n), with n - 1 degrees of freedom; for values that are independent
 * of each other, such as those of different seeds, and not for folds of one cross-validation, which share their
 * training data.
 *
 * @param level how often such intervals hold the true mean
 * @throws RangeError without a value
 */
export function meanInterval(values: readonly number[], level = 0.95): MeanInterval {
  if (values.length === 0) throw new RangeError('There is no mean of no values.');
  const middle = mean(values);
  if (values.length === 1) return { mean: middle, within: null };
  const within = (criticalT(level, values.length - 1) * standardDeviation(values)) / Math.sqrt(values.length);
  return { mean: middle, within };
}
