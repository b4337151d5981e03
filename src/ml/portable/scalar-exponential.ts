/** The exponential of kernels/vector.as.ts, one number at a time and with the same bits. */

const { fround } = Math;

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

/** As `power` there: 2^t, of a float32 number. */
export function powerOfTwo(exponent: number): number {
  // The same comparisons as in the compiled kernel: NaN stays NaN.
  const below = exponent > 126 ? 126 : exponent;
  const t = below < -126 ? -126 : below;
  const n = fround(fround(t + 12582912) - 12582912);
  const f = fround(t - n);
  const f2 = fround(f * f);
  const p0 = fround(1 + fround(f * C1));
  const p1 = fround(C2 + fround(f * C3));
  const p2 = fround(C4 + fround(f * C5));
  float[0] = fround(p0 + fround(f2 * fround(p1 + fround(f2 * p2))));
  bits[0]! += n << 23;
  return float[0];
}

/** As `exponential` there: exp(x), of a float32 number. */
export function exponential(x: number): number {
  return powerOfTwo(fround(x * LOG2_E));
}

const LOG2_E = fround(1.44269504088896341);
/** The coefficients of 2^f. */
const C1 = fround(6.931470036506653e-1);
const C2 = fround(2.4022242426872253e-1);
const C3 = fround(5.550733581185341e-2);
const C4 = fround(9.671512991189957e-3);
const C5 = fround(1.326472614891827e-3);
