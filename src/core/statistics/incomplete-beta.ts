/**
 * The regularised incomplete beta function, with the same bits everywhere.
 *
 *     I_x(a, b) = x^a y^b / B(a, b) / (c0 + c1 / (c2 + ...)),  y = 1 - x
 *
 * The continued fraction is that of Didonato and Morris, ACM Transactions on Mathematical Software 18 (1992), algorithm
 * 708, equation 9. Its terms have no cancellation where x is close to 1 and `a` is large, as in Student's t with many
 * degrees of freedom. The front is written by deviations from the mode and Stirling's remainders (Loader, "Fast and
 * accurate computation of binomial probabilities", 2000): a difference of log gamma functions would lose the digits.
 */
import { exp, log, log1p } from '../numeric/elementary.ts';

/** I_x(a, b) and its complement. The smaller one keeps its relative precision, to some 1e-14. */
export interface BetaShares {
  readonly below: number;
  readonly above: number;
}

/**
 * The share of a beta distribution below x, and above it.
 *
 * @param a and b: shapes above 0. Where both exceed some 1e8, the fraction needs too many terms.
 * @param x in [0, 1], with y = 1 - x given by the caller, who knows it without rounding
 * @throws RangeError for other arguments, and where the fraction does not converge
 */
export function incompleteBeta(a: number, b: number, x: number, y: number): BetaShares {
  if (!(a > 0 && b > 0 && x >= 0 && y >= 0)) throw new RangeError(`There is no incomplete beta of ${a}, ${b}, ${x}.`);
  if (x === 0) return { below: 0, above: 1 };
  if (y === 0) return { below: 1, above: 0 };
  const front = betaFront(a, b, x, y);
  if (b * x <= a * y) {
    const below = front / fraction(a, b, x, y);
    return { below, above: 1 - below };
  }
  const above = front / fraction(b, a, y, x);
  return { below: 1 - above, above };
}

/** x^a y^b / B(a, b). */
export function betaFront(a: number, b: number, x: number, y: number): number {
  const n = a + b;
  const deviation = b * x - a * y;
  const exponent =
    a * logOfRatio(deviation / a, (x / a) * n) +
    b * logOfRatio(-deviation / b, (y / b) * n) +
    (stirlingRemainder(n) - stirlingRemainder(a) - stirlingRemainder(b));
  return Math.sqrt(((a / n) * b) / (2 * Math.PI)) * exp(exponent);
}

/** log B(a, b) = log(gamma(a) gamma(b) / gamma(a + b)). */
export function logBeta(a: number, b: number): number {
  const n = a + b;
  const powers = -a * log1p(b / a) - b * log1p(a / b);
  const remainders = stirlingRemainder(a) + stirlingRemainder(b) - stirlingRemainder(n);
  return powers + remainders + 0.5 * log((2 * Math.PI) / ((a / n) * b));
}

/** log(ratio), where ratio = 1 + excess, by whichever of the two is known better. */
function logOfRatio(excess: number, ratio: number): number {
  return Math.abs(excess) < 0.5 ? log1p(excess) : log(ratio);
}

/**
 * What Stirling's formula lacks: log gamma(x) - ((x - 1/2) log x - x + log(2 pi) / 2), for x > 0. From 10 its
 * asymptotic series (DLMF 5.11.1), below by recurrence. The absolute error is some 1e-15.
 */
function stirlingRemainder(x: number): number {
  let sum = 0;
  let z = x;
  for (; z < 10; z++) sum += (z + 0.5) * (z < 1e-300 ? -log(z) : log1p(1 / z)) - 1;
  const w = 1 / (z * z);
  const series =
    1 / 12 -
    w *
      (1 / 360 -
        w *
          (1 / 1260 -
            w *
              (1 / 1680 -
                w * (1 / 1188 - w * (691 / 360360 - w * (1 / 156 - w * (3617 / 122400 - w * (43867 / 244188))))))));
  return sum + series / z;
}

const MOST_TERMS = 100_000;

/** The continued fraction, for x up to the mean a / (a + b), by Lentz's method as Thompson and Barnett wrote it. */
function fraction(a: number, b: number, x: number, y: number): number {
  let value = (a * (a * y - b * x + 1)) / (a + 1);
  let c = value;
  let d = 0;
  for (let m = 1; m <= MOST_TERMS; m++) {
    const q = a + 2 * m - 1;
    const numerator = ((a + m - 1) / q) * ((a + b + m - 1) / q) * (m * (b - m)) * x * x;
    const denominator = m + (m * (b - m) * x) / q + ((a + m) * (a * y - b * x + 1 + m * (1 + y))) / (q + 2);
    d = 1 / (denominator + numerator * d);
    c = denominator + numerator / c;
    const step = c * d;
    value *= step;
    if (Math.abs(step - 1) <= 2 ** -52) return value;
  }
  throw new RangeError(`The incomplete beta of ${a}, ${b}, ${x} does not converge.`);
}
