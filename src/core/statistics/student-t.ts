/**
 * Student's t distribution, with the same bits everywhere; df degrees of freedom may be any number above 0.
 *
 * With x = df / (df + t^2), P(|T| > |t|) = I_x(df / 2, 1 / 2) (Abramowitz and Stegun 26.7.1). Each tail keeps its
 * relative precision, however small it is. df = Infinity is the standard normal distribution.
 */
import { exp, expm1, log, pow } from '../numeric/elementary.ts';
import { betaFront, incompleteBeta, logBeta } from './incomplete-beta.ts';

/** From so many degrees of freedom, a tail differs from the normal one by less than 1e-20 of itself. */
const NORMAL_DF = 1e27;
/** From this t^2 / df, the tail is a power of t: the next term is smaller by this factor. */
const FAR = 1e100;
/** Newton's method needs some room above the least number there is. */
const LEAST_TAIL = 1e-300;

/** P(T <= t). @throws RangeError if df is not above 0, or t is NaN */
export function studentCdf(t: number, df: number): number {
  return studentTail(-t, df);
}

/** P(T > t). @throws RangeError if df is not above 0, or t is NaN */
export function studentTail(t: number, df: number): number {
  const half = twoSidedP(t, df) / 2;
  return t > 0 ? half : 1 - half;
}

/** P(|T| >= |t|): the two-sided p-value of t. @throws RangeError if df is not above 0, or t is NaN */
export function twoSidedP(t: number, df: number): number {
  return shares(Math.abs(t), checked(df, t)).outside;
}

/**
 * The t with P(T <= t) = p; minus infinity for p = 0, infinity for p = 1.
 *
 * @throws RangeError if p is not between 0 and 1 or is less than 1e-300 without being 0, and if df is not above 0
 */
export function studentQuantile(p: number, df: number): number {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`There is no quantile of ${p}: a probability is between 0 and 1.`);
  return p < 0.5 ? -upperQuantile(p, checked(df, 0)) : upperQuantile(1 - p, checked(df, 0));
}

/**
 * The t with P(|T| <= t) = level: how many standard errors an interval of this level reaches to each side.
 *
 * @throws RangeError if level is not between 0 and 1, or df is not above 0
 */
export function criticalT(level: number, df: number): number {
  if (!(level > 0 && level < 1)) throw new RangeError(`A level is between 0 and 1, not ${level}.`);
  return upperQuantile((1 - level) / 2, checked(df, 0));
}

function checked(df: number, t: number): number {
  if (!(df > 0)) throw new RangeError(`Degrees of freedom are above 0, not ${df}.`);
  if (Number.isNaN(t)) throw new RangeError('A t-value that is not a number has no probability.');
  return Math.min(df, NORMAL_DF);
}

interface Shares {
  /** P(|T| > t) */
  readonly outside: number;
  /** P(|T| < t) */
  readonly inside: number;
}

function shares(t: number, df: number): Shares {
  if (t === Number.POSITIVE_INFINITY) return { outside: 0, inside: 1 };
  const square = t * (t / df);
  if (square > FAR) {
    const outside = exp(logFarTail(log(t), df));
    return { outside, inside: 1 - outside };
  }
  const { below, above } = incompleteBeta(df / 2, 0.5, 1 / (1 + square), square / (1 + square));
  return { outside: below, inside: above };
}

/** The logarithm of the power of t that P(|T| > t) approaches, and never exceeds. */
function logFarTail(logT: number, df: number): number {
  return df * (0.5 * log(df) - logT) - log(df / 2) - logBeta(df / 2, 0.5);
}

/**
 * The t >= 0 with P(T > t) = p, for 0 <= p <= 1/2, by Newton's method on the logarithms of t and of a probability: of
 * the tail, or in the middle of what is inside. Both are concave, since log |T| has a log-concave density, so the
 * method converges from each side.
 */
function upperQuantile(p: number, df: number): number {
  if (p === 0) return Number.POSITIVE_INFINITY;
  if (p === 0.5) return 0;
  if (p < LEAST_TAIL) throw new RangeError(`A quantile is known for tails down to ${LEAST_TAIL}, not for ${p}.`);
  const inTail = p < 0.25;
  const goal = log(inTail ? 2 * p : 1 - 2 * p);
  let logT = inTail ? tailGuess(p, df) : goal - log(2) - logDensityAtZero(df);
  for (let step = 0; step < 200; step++) {
    const t = exp(logT);
    if (t === Number.POSITIVE_INFINITY) return t;
    const { outside, inside } = shares(t, df);
    const share = inTail ? outside : inside;
    const slope = ((inTail ? -1 : 1) * 2 * densityTimesT(t, df)) / share;
    const change = (goal - log(share)) / slope;
    logT += change;
    // The next change would be of the order of this one's square.
    if (Math.abs(change) <= 1e-8) return t * (1 + change);
  }
  throw new RangeError(`The quantile of ${p} with ${df} degrees of freedom does not converge.`);
}

/** A bound from the normal tail by Wallace's transformation (1959), or from the power of t, whichever is less. */
function tailGuess(p: number, df: number): number {
  const z = -2 * log(2 * p) * pow((8 * df + 3) / (8 * df + 1), 2);
  const byNormal = z / df > 700 ? Number.POSITIVE_INFINITY : 0.5 * log(df * expm1(z / df));
  const byPower = (logFarTail(0, df) - log(2 * p)) / df;
  return Math.min(byNormal, byPower);
}

/** t times the density at t: how fast P(T <= t) grows with log t. */
function densityTimesT(t: number, df: number): number {
  const square = t * (t / df);
  if (square > FAR) return (df / 2) * exp(logFarTail(log(t), df));
  return betaFront(df / 2, 0.5, 1 / (1 + square), square / (1 + square));
}

function logDensityAtZero(df: number): number {
  return -0.5 * log(df) - logBeta(df / 2, 0.5);
}
