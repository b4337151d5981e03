/**
 * sin, cos, tan, atan2, the hyperbolic functions and hypot with the same bits everywhere; see elementary.ts for why and
 * how. Algorithms and constants are fdlibm's (k_sin.c, k_cos.c, e_rem_pio2.c, s_atan.c, e_atan2.c, e_sinh.c, e_cosh.c,
 * s_asinh.c), under the same notice:
 *
 *     Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun Microsystems, Inc.
 *     business. Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice
 *     is preserved.
 */
import { exp, expm1, log, log1p } from './elementary.ts';

/** Angles up to here are reduced to the first quadrant without loss. */
const LARGEST_ANGLE = 1e5;

/** @throws RangeError for an angle beyond 1e5, which is surely a mistake. */
export function sin(x: number): number {
  const quadrant = reduce(x);
  const value = quadrant & 1 ? cosKernel(reducedHigh, reducedLow) : sinKernel(reducedHigh, reducedLow);
  return quadrant & 2 ? -value : value;
}

/** @throws RangeError for an angle beyond 1e5, which is surely a mistake. */
export function cos(x: number): number {
  const quadrant = reduce(x);
  const value = quadrant & 1 ? sinKernel(reducedHigh, reducedLow) : cosKernel(reducedHigh, reducedLow);
  return (quadrant + 1) & 2 ? -value : value;
}

/** The quotient of sin and cos: within 2 units in the last place. @throws RangeError as they do */
export function tan(x: number): number {
  return sin(x) / cos(x);
}

/** The angle of the point (x, y), from -pi to pi; the argument of y / x. For finite numbers. */
export function atan2(y: number, x: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN;
  const left = x < 0 || Object.is(x, -0);
  const sign = y < 0 || Object.is(y, -0) ? -1 : 1;
  if (y === 0) return left ? sign * Math.PI : y;
  if (x === 0) return (sign * Math.PI) / 2;
  const ratio = Math.abs(y / x);
  if (ratio > 2 ** 64) return (sign * Math.PI) / 2;
  const angle = left && ratio < 2 ** -64 ? 0 : atan(ratio);
  return sign * (left ? Math.PI - (angle - PI_LOW) : angle);
}

export function sinh(x: number): number {
  const size = Math.abs(x);
  if (size < 2 ** -28) return x;
  const half = x < 0 ? -0.5 : 0.5;
  if (size > 709) return 2 * half * exp(size / 2) * (0.5 * exp(size / 2));
  const t = expm1(size);
  return size < 1 ? half * (2 * t - (t * t) / (t + 1)) : half * (t + t / (t + 1));
}

export function cosh(x: number): number {
  const size = Math.abs(x);
  if (size > 709) return exp(size / 2) * (0.5 * exp(size / 2));
  if (size < 0.34657359027997264) {
    const t = expm1(size);
    return 1 + (t * t) / (2 + 2 * t);
  }
  const t = exp(size);
  return 0.5 * (t + 1 / t);
}

export function asinh(x: number): number {
  const size = Math.abs(x);
  if (size < 2 ** -28) return x;
  let value: number;
  if (size > 2 ** 28) value = log(size) + Math.LN2;
  else if (size > 2) value = log(2 * size + 1 / (Math.sqrt(size * size + 1) + size));
  else value = log1p(size + (size * size) / (1 + Math.sqrt(size * size + 1)));
  return x < 0 ? -value : value;
}

/** sqrt(x^2 + y^2), for numbers whose squares neither overflow nor vanish. */
export function hypot(x: number, y: number): number {
  return Math.sqrt(x * x + y * y);
}

/** pi minus its float64. */
const PI_LOW = 1.2246467991473531772e-16;

/** The remainder that `reduce` left, in two parts. */
let reducedHigh = 0;
let reducedLow = 0;

/** x minus the nearest multiple n of pi / 2; returns n. pi / 2 is in three parts, two of 33 bits: exact products. */
function reduce(x: number): number {
  if (Math.abs(x) <= Math.PI / 4) {
    reducedHigh = x;
    reducedLow = 0;
    return 0;
  }
  if (Math.abs(x) > LARGEST_ANGLE) throw new RangeError(`The angle ${x} is too large to have a meaningful sine.`);
  const n = Math.round(x * 6.36619772367581382433e-1);
  const first = x - n * 1.57079632673412561417;
  const second = n * 6.0771005063039659766e-11;
  const r = first - second;
  // n times the rest of pi / 2, and what r lost in rounding.
  const rest = n * 2.02226624879595063154e-21 - (first - r - second);
  reducedHigh = r - rest;
  reducedLow = r - reducedHigh - rest;
  return n;
}

/** sin(x + low) for |x| <= pi / 4. */
function sinKernel(x: number, low: number): number {
  const z = x * x;
  const r =
    8.33333333332248946124e-3 +
    z *
      (-1.98412698298579493134e-4 +
        z * (2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10)));
  const v = z * x;
  return x - (z * (0.5 * low - v * r) - low - v * -1.66666666666666324348e-1);
}

/** cos(x + low) for |x| <= pi / 4. */
function cosKernel(x: number, low: number): number {
  const z = x * x;
  const r =
    z *
    (4.16666666666666019037e-2 +
      z *
        (-1.38888888888741095749e-3 +
          z *
            (2.48015872894767294178e-5 +
              z * (-2.75573143513906633035e-7 + z * (2.0875723212981748279e-9 + z * -1.13596475577881948265e-11)))));
  const half = 0.5 * z;
  const w = 1 - half;
  return w + (1 - w - half + (z * r - x * low));
}

/**
 * atan(x) for x >= 0: from the nearest of 0, 1/2, 1, 3/2 and infinity, whose values are in two parts, and a polynomial.
 */
function atan(x: number): number {
  if (x < 0.4375) return x - atanRest(x);
  if (x < 0.6875) return atanFrom(4.63647609000806093515e-1, 2.26987774529616870924e-17, (2 * x - 1) / (2 + x));
  if (x < 1.1875) return atanFrom(7.85398163397448278999e-1, 3.06161699786838301793e-17, (x - 1) / (x + 1));
  if (x < 2.4375) return atanFrom(9.82793723247329054082e-1, 1.39033110312309984516e-17, (x - 1.5) / (1 + 1.5 * x));
  return atanFrom(1.570796326794896558, 6.12323399573676603587e-17, -1 / x);
}

function atanFrom(high: number, low: number, x: number): number {
  return high - (atanRest(x) - low - x);
}

/** x - atan(x) for |x| < 7/16. */
function atanRest(x: number): number {
  const z = x * x;
  const w = z * z;
  const odd =
    z *
    (3.33333333333329318027e-1 +
      w *
        (1.42857142725034663711e-1 +
          w *
            (9.09088713343650656196e-2 +
              w * (6.66107313738753120669e-2 + w * (4.97687799461593236017e-2 + w * 1.62858201153657823623e-2)))));
  const even =
    w *
    (-1.99999999998764832476e-1 +
      w *
        (-1.1111110405462355788e-1 +
          w * (-7.69187620504482999495e-2 + w * (-5.83357013379057348645e-2 + w * -3.6531572744216915527e-2))));
  return x * (odd + even);
}
