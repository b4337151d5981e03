/**
 * What all kernels share: the size of a block, a few short names for vector operations, and the logistic function on four
 * numbers at once.
 *
 * This folder is AssemblyScript: TypeScript's syntax, compiled to WebAssembly by .config/build-kernels.js. Pointers are
 * byte addresses. Every operation rounds as IEEE 754 says and their order is fixed, so the bits are the same wherever
 * WebAssembly runs; relaxed SIMD would break that. ../scalar-kernels.ts does the same operations one number at a time.
 */

/** Rows (events) of a block: activations are stored as [blocks][features][32], four bytes a number. */
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
 * Constants in memory, from which each is loaded where it is needed: engines build vector constants from immediates
 * again and again, which takes longer than the arithmetic.
 */
const CONSTANTS = memory.data<f32>([
  -1.44269504088896341, 126, -126, 12582912, 6.931470036506653e-1, 2.4022242426872253e-1, 5.550733581185341e-2,
  9.671512991189957e-3, 1.326472614891827e-3, 1, 1.44269504088896341, 1.0507009873554805, 1.7580993408473766,
]);

// @ts-ignore: decorator
@inline
export function constant(index: usize): v128 {
  return spread(CONSTANTS + (index << 2));
}

// @ts-ignore: decorator
@inline
export function one(): v128 {
  return constant(9);
}

/**
 * The logistic function, 1 / (1 + exp(-x)), to a relative 1e-7 (1 + |x|); below x = -87.3, where 2^126 is reached, it stays what it is there.
 */
// @ts-ignore: decorator
@inline
export function sigmoid(x: v128): v128 {
  return f32x4.div(one(), f32x4.add(one(), power(f32x4.mul(x, constant(0)))));
}

/** exp(x), as exact as `sigmoid`, for x from -87.3 to 87.3; beyond, it stays what it is there. */
// @ts-ignore: decorator
@inline
export function exponential(x: v128): v128 {
  return power(f32x4.mul(x, constant(10)));
}

/**
 * 2^t for t from -126 to 126. With t = n + f, n whole and f in [-1/2, 1/2], it is 2^n times the polynomial 1 + c1 f + ... + c5 f^5
 * that is nearest to 2^f in relative terms, 9e-8 at most.
 */
// @ts-ignore: decorator
@inline
function power(exponent: v128): v128 {
  const t = f32x4.pmax(f32x4.pmin(exponent, constant(1)), constant(2));
  // Adding 1.5 * 2^23 rounds to a whole number, which is then in the low bits.
  const shifted = f32x4.add(t, constant(3));
  const f = f32x4.sub(t, f32x4.sub(shifted, constant(3)));
  // Estrin's scheme: terms in pairs, which wait less for one another than Horner's.
  const f2 = f32x4.mul(f, f);
  const p0 = accumulate(one(), f, constant(4));
  const p1 = accumulate(constant(5), f, constant(6));
  const p2 = accumulate(constant(7), f, constant(8));
  const p = accumulate(p0, f2, accumulate(p1, f2, p2));
  // Adding n to the exponent's bits multiplies by 2^n.
  return i32x4.add(p, i32x4.shl(shifted, 23));
}
