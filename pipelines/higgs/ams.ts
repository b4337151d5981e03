/** The approximate median significance: what the challenge ranked by. */
import { log1p } from 'restage/ml';

/** Regularises the estimated background: br of the challenge's rules. */
export const BACKGROUND_REGULARISER = 10;

/**
 * AMS(s, b) = sqrt(2 ((s + b + br) ln(1 + s / (b + br)) - s)), the median significance of finding signal (G. Cowan et al.,
 * Eur. Phys. J. C 71 (2011) 1554, eq. 97, with b + br for b). -1 where there is no background or the radicand is not
 * positive, as in the study (LUMIN 0.5.1, evaluation/ams.py).
 * @param signal expected signal events: the sum of their weights above a cut
 */
export function ams(signal: number, background: number, regulariser = BACKGROUND_REGULARISER): number {
  if (!(background > 0)) return -1;
  const b = background + regulariser;
  const radicand = 2 * ((signal + b) * log1p(signal / b) - signal);
  return radicand > 0 ? Math.sqrt(radicand) : -1;
}
