/**
 * What all kernels share: the size of a block, a few short names for vector operations, and exp and the logistic
 * function on four numbers at once.
 *
 * This folder is AssemblyScript: TypeScript's syntax, compiled to WebAssembly by .config/build-kernels.js. Pointers are
 * byte addresses. Every operation rounds as IEEE 754 says and their order is fixed, so the bits are the same wherever
 * WebAssembly runs; relaxed SIMD would break that. ../scalar-kernels.ts does the same operations one number at a time.
 */

/** Rows (events) of a block: activations lie as [blocks][features][32], four bytes a number. */
export const BLOCK: i32 = 32;
/** Bytes from one feature of a block to the next. */
export const FEATURE: usize = 128;
/** Bytes of a vector of four. */
export const VECTOR: usize = 16;

// @ts-ignore: decorator
@inline
export function load(address: usize): v128 {
  return v128.load(address);
}

// @ts-ignore: decorator
@inline
export function store(address: usize, value: v128): void {
  v128.store(address, value);
}

/** The number at `address`, four times. */
// @ts-ignore: decorator
@inline
export function spread(address: usize): v128 {
  return v128.load_splat<f32>(address);
}

/** sum + a b, rounded twice. */
// @ts-ignore: decorator
@inline
export function accumulate(sum: v128, a: v128, b: v128): v128 {
  return f32x4.add(sum, f32x4.mul(a, b));
}

/**
 * Constants as memory, whence each is loaded where it is needed: engines build vector constants from immediates again and
 * again, which takes longer than the arithmetic.
 */
const CONSTANTS = memory.data<f32>([
  87, -87, 1.44269504088896341, 12582912, 0.693359375, -2.12194440e-4, 1.987569150e-4, 1.3981999507e-3,
  8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1, 1,
]);

// @ts-ignore: decorator
@inline
function constant(index: usize): v128 {
  return spread(CONSTANTS + (index << 2));
}

// @ts-ignore: decorator
@inline
export function one(): v128 {
  return constant(12);
}

/**
 * exp(x), for |x| > 87 that of 87 with x's sign: n = round(x / ln 2), r = x - n ln 2 in two parts, and 2^n times a
 * polynomial in r (Moshier's Cephes, expf.c). Within 2 units in the last place.
 */
// @ts-ignore: decorator
@inline
export function exp(x: v128): v128 {
  const bounded = f32x4.pmax(f32x4.pmin(x, constant(0)), constant(1));
  // Adding 1.5 * 2^23 rounds to a whole number, which is then in the low bits.
  const shifted = f32x4.add(f32x4.mul(bounded, constant(2)), constant(3));
  const n = f32x4.sub(shifted, constant(3));
  let r = f32x4.sub(bounded, f32x4.mul(n, constant(4)));
  r = f32x4.sub(r, f32x4.mul(n, constant(5)));
  // Estrin's scheme: terms in pairs, which wait less for one another than Horner's.
  const r2 = f32x4.mul(r, r);
  const p0 = accumulate(constant(11), r, constant(10));
  const p1 = accumulate(constant(9), r, constant(8));
  const p2 = accumulate(constant(7), r, constant(6));
  const rest = accumulate(p0, r2, accumulate(p1, r2, p2));
  const p = f32x4.add(accumulate(r, rest, r2), one());
  // Adding n to the exponent's bits multiplies by 2^n; p is in [0.7, 1.5] and n in [-126, 126].
  return i32x4.add(p, i32x4.shl(shifted, 23));
}

/** 1 / (1 + exp(-x)). */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(one(), f32x4.add(one(), exp(f32x4.sub(f32x4.splat(0), x))));
}
