/**
 * exp, log, log1p, expm1 and pow with the same bits everywhere.
 *
 * JavaScript leaves the bits of its own functions to the engine, and engines and their versions differ. Here they are
 * made of +, -, *, / and sqrt, which IEEE 754 fixes, in a fixed order: the algorithms of Sun's fdlibm 5.3 (e_exp.c,
 * e_log.c, s_log1p.c, s_expm1.c, e_pow.c), whose constants these are. Errors are below 1 unit in the last place.
 *
 *     Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunSoft, a Sun Microsystems, Inc.
 *     business. Permission to use, copy, modify, and distribute this software is freely granted, provided that this notice
 *     is preserved.
 */

/** ln 2 in two parts: products of the first with whole numbers below 2^20 are exact. */
const LN2_HIGH = 6.9314718036912381649e-1;
const LN2_LOW = 1.90821492927058770002e-10;
const LOG2_E = 1.442695040888963387;
/** exp overflows above the first and is 0 below the second. */
const EXP_MOST = 709.782712893383973096;
const EXP_LEAST = -745.13321910194110842;

/** e^x: with x = k ln 2 + r, 2^k times a rational approximation of e^r for |r| <= ln 2 / 2. */
export function exp(x: number): number {
  if (Number.isNaN(x)) return x;
  if (x > EXP_MOST) return Number.POSITIVE_INFINITY;
  if (x < EXP_LEAST) return 0;
  const k = Math.abs(x) > LN2_HIGH / 2 ? Math.floor(LOG2_E * x + 0.5) : 0;
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  const c = r - expRemainder(r * r);
  return scaled(1 + ((r * c) / (2 - c) - low + high), k);
}

/** e^x - 1, exact to the last digits for small x too. */
export function expm1(x: number): number {
  if (Number.isNaN(x) || x === 0) return x;
  if (x > EXP_MOST) return Number.POSITIVE_INFINITY;
  if (x < -56 * LN2_HIGH) return -1;
  if (Math.abs(x) < 2 ** -54) return x;
  const k = Math.abs(x) > LN2_HIGH / 2 ? Math.floor(LOG2_E * x + 0.5) : 0;
  const high = x - k * LN2_HIGH;
  const low = k * LN2_LOW;
  const r = high - low;
  // What r lost in rounding.
  const lost = high - r - low;
  const half = 0.5 * r;
  const z = r * half;
  const q =
    1 +
    z *
      (-3.33333333333331316428e-2 +
        z *
          (1.58730158725481460165e-3 +
            z * (-7.93650757867487942473e-5 + z * (4.00821782732936239552e-6 + z * -2.01099218183624371326e-7))));
  const t = 3 - q * half;
  const e = z * ((q - t) / (6 - r * t));
  if (k === 0) return r - (r * e - z);
  const rest = r * (e - lost) - lost - z;
  if (k === -1) return 0.5 * (r - rest) - 0.5;
  if (k === 1) return r < -0.25 ? -2 * (rest - (r + 0.5)) : 1 + 2 * (r - rest);
  if (k < 0 || k > 56) return scaled(1 - (rest - r), k) - 1;
  if (k < 20) return scaled(1 - powerOfTwo(-k) - (rest - r), k);
  return scaled(r - (rest + powerOfTwo(-k)) + 1, k);
}

/** The natural logarithm: with x = 2^k (1 + f), 1 + f in [sqrt(1/2), sqrt(2)), k ln 2 + log(1 + f). */
export function log(x: number): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  if (!(x > 0)) return Number.NaN;
  if (x === Number.POSITIVE_INFINITY || x === 1) return x === 1 ? 0 : x;
  const k = exponentOf(x);
  return logOf(k, significand - 1, 0);
}

/** log(1 + x), exact to the last digits for small x too. */
export function log1p(x: number): number {
  if (x === -1) return Number.NEGATIVE_INFINITY;
  if (!(x > -1)) return Number.NaN;
  if (x === Number.POSITIVE_INFINITY || Math.abs(x) < 2 ** -54) return x;
  // From sqrt(1/2) to sqrt(2) nothing is lost by adding 1, since it is not added.
  if (x > -0.2928932188134524 && x < 0.41421356237309503) return logOf(0, x, 0);
  const u = 1 + x;
  const k = exponentOf(u);
  // What u lost in rounding.
  const lost = k < 54 ? (k >= 2 ? 1 - (u - x) : x - (u - 1)) / u : 0;
  return logOf(k, significand - 1, lost);
}

/**
 * x^y for x >= 0, NaN for others: 2^(y log2 x), the logarithm and the product in two parts each, so that little is lost
 * where the exponent is large.
 */
export function pow(x: number, y: number): number {
  if (y === 0) return 1;
  if (!(x >= 0) || Number.isNaN(y)) return Number.NaN;
  if (x === 1) return Number.isFinite(y) ? 1 : Number.NaN;
  if (x === 0 || !Number.isFinite(x) || !Number.isFinite(y)) return x > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0;
  const high = log2Of(x);
  const yHigh = upper(y);
  const low = (y - yHigh) * high + y * logLow;
  const product = yHigh * high;
  if (product + low >= 1025) return Number.POSITIVE_INFINITY;
  if (product + low < -1080) return 0;
  const k = Math.floor(product + low + 0.5);
  return scaled(exp2Of(product - k, low), k);
}

/** r minus the numerator's and denominator's common part of e^r, by r^2 (e_exp.c's polynomial). */
function expRemainder(z: number): number {
  return (
    z *
    (1.66666666666666019037e-1 +
      z *
        (-2.77777777770155933842e-3 +
          z * (6.61375632143793436117e-5 + z * (-1.6533902205465251539e-6 + z * 4.13813679705723846039e-8))))
  );
}

/** k ln 2 + log(1 + f) + lost. */
function logOf(k: number, f: number, lost: number): number {
  const half = 0.5 * f * f;
  const s = f / (2 + f);
  const z = s * s;
  const w = z * z;
  const even = w * (3.999999999940941908e-1 + w * (2.222219843214978396e-1 + w * 1.531383769920937332e-1));
  const odd =
    z *
    (6.66666666666673513e-1 +
      w * (2.857142874366239149e-1 + w * (1.818357216161805012e-1 + w * 1.479819860511658591e-1)));
  return k * LN2_HIGH - (half - (s * (half + (odd + even)) + (k * LN2_LOW + lost)) - f);
}

/** The part of log2 x beyond what `log2Of` returned last. */
let logLow = 0;

/**
 * log2 x in two parts, the first of 21 bits after its exponent: the other is in `logLow`. e_pow.c, for finite x > 0.
 */
function log2Of(x: number): number {
  let n = exponentOf(x);
  let m = significand;
  if (m < 1) {
    m *= 2;
    n--;
  }
  // 1 <= m < 2; m is compared with 1 up to sqrt(3/2), with 3/2 up to sqrt(3), and m / 2 with 1 from there.
  let base = 1;
  if (m >= 1.7320508075688772) {
    m /= 2;
    n++;
  } else if (m >= 1.224744871391589) base = 1.5;
  const u = m - base;
  const v = 1 / (m + base);
  const s = u * v;
  const sHigh = upper(s);
  const sumHigh = upper(m + base);
  const sumLow = m - (sumHigh - base);
  const sLow = v * (u - sHigh * sumHigh - sHigh * sumLow);
  const z = s * s;
  const r =
    z *
      z *
      (5.99999999999994648725e-1 +
        z *
          (4.28571428578550184252e-1 +
            z *
              (3.33333329818377432918e-1 +
                z * (2.72728123808534006489e-1 + z * (2.30660745775561754067e-1 + z * 2.06975017800338417784e-1))))) +
    sLow * (sHigh + s);
  const square = sHigh * sHigh;
  const tHigh = upper(3 + square + r);
  const tLow = r - (tHigh - 3 - square);
  const a = sHigh * tHigh;
  const b = sLow * tHigh + tLow * s;
  const pHigh = upper(a + b);
  const pLow = b - (pHigh - a);
  // Times 2 / (3 ln 2), in two parts, plus log2 of the base.
  const zHigh = 9.61796700954437255859e-1 * pHigh;
  const zLow =
    -7.02846165095275826516e-9 * pHigh +
    pLow * 9.61796693925975554329e-1 +
    (base === 1 ? 0 : 1.35003920212974897128e-8);
  const ofBase = base === 1 ? 0 : 5.84962487220764160156e-1;
  const high = upper(zHigh + zLow + ofBase + n);
  logLow = zLow - (high - n - ofBase - zHigh);
  return high;
}

/** 2^(high + low) for a small exponent. */
function exp2Of(high: number, low: number): number {
  const t = upper(high + low);
  const u = t * 6.93147182464599609375e-1;
  const v = (low - (t - high)) * 6.93147180559945286227e-1 + t * -1.90465429995776804525e-9;
  const z = u + v;
  const w = v - (z - u);
  const c = z - expRemainder(z * z);
  return 1 - ((z * c) / (c - 2) - (w + z * w) - z);
}

const float = new Float64Array(1);
const words = new Uint32Array(float.buffer);
/** Which of the words has sign and exponent. */
const HIGH = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1 ? 1 : 0;

/** x without the lower half of its bits. */
function upper(x: number): number {
  float[0] = x;
  words[1 - HIGH] = 0;
  return float[0];
}

/** 2^k for -1022 <= k <= 1023. */
function powerOfTwo(k: number): number {
  words[HIGH] = (k + 1023) << 20;
  words[1 - HIGH] = 0;
  return float[0]!;
}

/** x 2^k, in two steps where 2^k itself is out of range. */
function scaled(x: number, k: number): number {
  if (k > 1023) return x * powerOfTwo(1023) * powerOfTwo(k - 1023);
  if (k < -1022) return x * powerOfTwo(k + 1000 < -1022 ? -1022 : k + 1000) * powerOfTwo(-1000);
  return x * powerOfTwo(k);
}

/** x / 2^k of the last call of `exponentOf`, between sqrt(1/2) and sqrt(2). */
let significand = 1;

/** k for finite x > 0 such that x / 2^k, then in `significand`, is between sqrt(1/2) and sqrt(2). */
function exponentOf(x: number): number {
  const tiny = x < 2.2250738585072014e-308;
  float[0] = tiny ? x * 18014398509481984 : x;
  // Bits of 1 minus the upper bits of sqrt(1/2).
  const moved = words[HIGH]! + (0x3ff00000 - 0x3fe6a09e);
  words[HIGH] = (moved & 0x000fffff) + 0x3fe6a09e;
  significand = float[0];
  return (moved >>> 20) - 1023 - (tiny ? 54 : 0);
}
