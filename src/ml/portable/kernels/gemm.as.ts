/** The product of a matrix and a batch: the forward pass of a layer, and how gradients go back through one. */
import { accumulate, FEATURE, load, spread, store, VECTOR } from './vector.as';

/** Where a sum starts: at 0, at a bias, or at what is there already. */
const ZERO: i32 = 0;
const BIAS: i32 = 1;

/**
 * For every block, with B [inner][32] and out [rows][32]:
 *
 *     out[r][e] = start + sum over j < inner, in this order, of A[r][j] B[j][e]
 *
 * where A[r][j] is at a + r rowStride + j innerStride, so that A may be a matrix or its transpose, and start is 0
 * (mode 0), bias[r] at bias + r rowStride (mode 1), or out[r][e] itself (mode 2). Strides are in bytes.
 *
 * Tiles of 3 rows by 8 events keep six sums, two vectors and a number in registers; wider ones do not fit in 16.
 */
export function gemm(
  blocks: i32,
  a: usize,
  rowStride: usize,
  innerStride: usize,
  b: usize,
  bBlock: usize,
  inner: i32,
  out: usize,
  outBlock: usize,
  bias: usize,
  rows: i32,
  mode: i32,
): void {
  for (let block = 0; block < blocks; block++) {
    let row = 0;
    for (; row + 3 <= rows; row += 3) {
      const start = <usize>row * rowStride;
      for (let event: usize = 0; event < FEATURE; event += 2 * VECTOR)
        threeRows(
          a + start,
          rowStride,
          innerStride,
          b + event,
          inner,
          out + <usize>row * FEATURE + event,
          bias + start,
          mode,
        );
    }
    for (; row < rows; row++) {
      const start = <usize>row * rowStride;
      for (let event: usize = 0; event < FEATURE; event += 2 * VECTOR)
        oneRow(a + start, innerStride, b + event, inner, out + <usize>row * FEATURE + event, bias + start, mode);
    }
    b += bBlock;
    out += outBlock;
  }
}

// @ts-ignore: decorator
@inline
function threeRows(
  a: usize,
  rowStride: usize,
  innerStride: usize,
  b: usize,
  inner: i32,
  out: usize,
  bias: usize,
  mode: i32,
): void {
  let s00: v128, s01: v128, s10: v128, s11: v128, s20: v128, s21: v128;
  if (mode == ZERO) {
    s00 = s01 = s10 = s11 = s20 = s21 = f32x4.splat(0);
  } else if (mode == BIAS) {
    s00 = s01 = spread(bias);
    s10 = s11 = spread(bias + rowStride);
    s20 = s21 = spread(bias + 2 * rowStride);
  } else {
    s00 = load(out);
    s01 = load(out + VECTOR);
    s10 = load(out + FEATURE);
    s11 = load(out + FEATURE + VECTOR);
    s20 = load(out + 2 * FEATURE);
    s21 = load(out + 2 * FEATURE + VECTOR);
  }
  let a1 = a + rowStride;
  let a2 = a1 + rowStride;
  for (let j = 0; j < inner; j++) {
    const b0 = load(b);
    const b1 = load(b + VECTOR);
    let factor = spread(a);
    s00 = accumulate(s00, factor, b0);
    s01 = accumulate(s01, factor, b1);
    factor = spread(a1);
    s10 = accumulate(s10, factor, b0);
    s11 = accumulate(s11, factor, b1);
    factor = spread(a2);
    s20 = accumulate(s20, factor, b0);
    s21 = accumulate(s21, factor, b1);
    a += innerStride;
    a1 += innerStride;
    a2 += innerStride;
    b += FEATURE;
  }
  store(out, s00);
  store(out + VECTOR, s01);
  store(out + FEATURE, s10);
  store(out + FEATURE + VECTOR, s11);
  store(out + 2 * FEATURE, s20);
  store(out + 2 * FEATURE + VECTOR, s21);
}

// @ts-ignore: decorator
@inline
function oneRow(a: usize, innerStride: usize, b: usize, inner: i32, out: usize, bias: usize, mode: i32): void {
  let s0: v128, s1: v128;
  if (mode == ZERO) {
    s0 = s1 = f32x4.splat(0);
  } else if (mode == BIAS) {
    s0 = s1 = spread(bias);
  } else {
    s0 = load(out);
    s1 = load(out + VECTOR);
  }
  for (let j = 0; j < inner; j++) {
    const factor = spread(a);
    s0 = accumulate(s0, factor, load(b));
    s1 = accumulate(s1, factor, load(b + VECTOR));
    a += innerStride;
    b += FEATURE;
  }
  store(out, s0);
  store(out + VECTOR, s1);
}
