/** The approximate median significance: what the challenge ranked by. */
import { log1p } from 'restage/ml';

/** Regularises the estimated background: br of the challenge's rules. */
export const BACKGROUND_REGULARISER = 10;

/**
 * What stands for an AMS that is not defined, as in the study (LUMIN 0.5.1, evaluation/ams.py). It does not mean a
 * significance.
 */
export const UNDEFINED_AMS = -1;

/**
 * AMS(s, b) = sqrt(2 ((s + b + br) ln(1 + s / (b + br)) - s)), the median significance of finding signal (G. Cowan et
 * al., Eur. Phys. J. C 71 (2011) 1554, eq. 97, with b + br for b). UNDEFINED_AMS where there is no background or the
 * radicand is not positive.
 * @param signal expected signal events: the sum of their weights above a cut
 */
export function ams(signal: number, background: number, regulariser = BACKGROUND_REGULARISER): number {
  if (!(background > 0)) return UNDEFINED_AMS;
  const b = background + regulariser;
  const radicand = 2 * ((signal + b) * log1p(signal / b) - signal);
  return radicand > 0 ? Math.sqrt(radicand) : UNDEFINED_AMS;
}

/**
 * The same with a background that is known to a standard deviation of `deviation` events, and without a regulariser:
 * sqrt(2 ((s + b) ln[(s + b) (b + d^2) / (b^2 + (s + b) d^2)] - b^2 / d^2 ln[1 + d^2 s / (b (b + d^2))])) (G. Cowan,
 * "Discovery sensitivity for a counting experiment with background uncertainty", 2012, eq. 20). UNDEFINED_AMS as above.
 */
export function amsWithUncertainty(signal: number, background: number, deviation: number): number {
  if (!(background > 0)) return UNDEFINED_AMS;
  if (deviation === 0) return ams(signal, background, 0);
  const variance = deviation * deviation;
  const total = signal + background;
  // The first logarithm's argument is 1 + s b / (b^2 + (s + b) d^2).
  const radicand =
    2 *
    (total * log1p((signal * background) / (background * background + total * variance)) -
      ((background * background) / variance) * log1p((variance * signal) / (background * (background + variance))));
  return radicand > 0 ? Math.sqrt(radicand) : UNDEFINED_AMS;
}
