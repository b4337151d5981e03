/**
 * Student's t distribution with a whole number of degrees of freedom, by the finite series of Abramowitz and Stegun
 * (26.7.3 and 26.7.4), with the same bits everywhere.
 */
import { atan2 } from './trigonometry.ts';

/** The probability that |T| is at least `t`, for at least one degree of freedom. */
export function twoSidedP(t: number, degrees: number): number {
  const size = Math.abs(t);
  if (!Number.isFinite(size)) return Number.isNaN(size) ? Number.NaN : 0;
  const angle = atan2(size, Math.sqrt(degrees));
  const square = degrees / (degrees + size * size);
  const sine = Math.sqrt(1 - square);
  const isOdd = degrees % 2 === 1;
  let [sum, term] = [0, isOdd ? Math.sqrt(square) : 1];
  for (let k = isOdd ? 3 : 2; k <= degrees; k += 2) {
    sum += term;
    term *= (square * (k - 1)) / k;
  }
  const inside = isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum;
  return Math.min(1, Math.max(0, 1 - inside));
}

/** The t beyond which |T| lies with this probability, between 0 and 1. */
export function twoSidedQuantile(p: number, degrees: number): number {
  let [low, high] = [0, 1];
  while (twoSidedP(high, degrees) > p) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return high;
    if (twoSidedP(middle, degrees) > p) low = middle;
    else high = middle;
  }
}
