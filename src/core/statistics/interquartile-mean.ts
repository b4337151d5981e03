/**
 * The mean of the middle half of scores, which a few runs that went wrong do not move (Agarwal et al., "Deep reinforcement
 * learning at the edge of the statistical precipice", NeurIPS 2021).
 */
import { mean } from './moments.ts';

/**
 * As rliable has it: of n scores, floor(n / 4) are left out at each end. The unit is that of the scores.
 *
 * @throws RangeError without scores, or if one is not finite
 */
export function interquartileMean(scores: readonly number[]): number {
  if (scores.length === 0 || !scores.every(Number.isFinite))
    throw new RangeError('An interquartile mean needs finite scores.');
  const cut = Math.floor(scores.length / 4);
  return mean(scores.toSorted((a, b) => a - b).slice(cut, scores.length - cut));
}
