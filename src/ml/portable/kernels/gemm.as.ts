/** The product of a matrix and a batch: the forward pass of a layer, and how gradients go back through one. */
import { accumulate, FEATURE, load, spread, store, VECTOR } from './vector.as';

/** Where a sum starts: at 0, at a bias, or at what is there already. */
const ZERO: i32 = 0;
const BIAS: i32 = 1;
/** Bytes of a number. */
const NUMBER: usize = 4;

/**
 * For every block, with B [inner][32] and out [rows][32]:
 *
 *     out[r][e] = start + sum over j < inner, in this order, of A[r][j] B[j][e]
 *
 * where A[r][j] is at a + r rowStride + j innerStride, so that A may be a matrix or its transpose, and start is 0
 * (mode 0), bias[r] at bias + r rowStride (mode 1), or out[r][e] itself (mode 2). Strides are in bytes, and one of A's is 4:
 * a loop that knows which has fewer pointers to advance, and instructions are what these loops wait for.
 *
 * Tiles of 3 rows by 8 events keep six sums, two vectors and a number in registers; wider ones do not fit in 16. Two rows
 * that are left go together, for the sums of a row alone wait for one another.
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
  if (innerStride == NUMBER) product(false, blocks, a, rowStride, b, bBlock, inner, out, outBlock, bias, rows, mode);
  else product(true, blocks, a, innerStride, b, bBlock, inner, out, outBlock, bias, rows, mode);
}

/** @param stride that of the rows, or, where A is transposed, from one number of a row to the next */
// @ts-ignore: decorator
@inline
function product(
  transposed: bool,
  blocks: i32,
  a: usize,
  stride: usize,
  b: usize,
  bBlock: usize,
  inner: i32,
  out: usize,
  outBlock: usize,
  bias: usize,
  rows: i32,
  mode: i32,
): void {
  const rowStride: usize = transposed ? NUMBER : stride;
  for (let block = 0; block < blocks; block++) {
    let row = 0;
    for (; row + 3 <= rows; row += 3) {
      const start = <usize>row * rowStride;
      strip(3, transposed, a + start, stride, b, inner, out + <usize>row * FEATURE, bias + start, mode);
    }
    const start = <usize>row * rowStride;
    const rest = out + <usize>row * FEATURE;
    if (row + 2 == rows) strip(2, transposed, a + start, stride, b, inner, rest, bias + start, mode);
    else if (row < rows) strip(1, transposed, a + start, stride, b, inner, rest, bias + start, mode);
    b += bBlock;
    out += outBlock;
  }
}

/** `count` rows of a whole block. */
// @ts-ignore: decorator
@inline
function strip(
  count: i32,
  transposed: bool,
  a: usize,
  stride: usize,
  b: usize,
  inner: i32,
  out: usize,
  bias: usize,
  mode: i32,
): void {
  for (let event: usize = 0; event < FEATURE; event += 2 * VECTOR)
    tile(count, transposed, a, stride, b + event, inner, out + event, bias, mode);
}

/** `count` rows, from 1 to 3; where it is known, engines see code for that many alone. */
// @ts-ignore: decorator
@inline
function tile(
  count: i32,
  transposed: bool,
  a: usize,
  stride: usize,
  b: usize,
  inner: i32,
  out: usize,
  bias: usize,
  mode: i32,
): void {
  const rowStride: usize = transposed ? NUMBER : stride;
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00;
  if (mode == BIAS) {
    s00 = s01 = spread(bias);
    if (count > 1) s10 = s11 = spread(bias + rowStride);
    if (count > 2) s20 = s21 = spread(bias + 2 * rowStride);
  } else if (mode != ZERO) {
    s00 = load(out);
    s01 = load(out + VECTOR);
    if (count > 1) {
      s10 = load(out + FEATURE);
      s11 = load(out + FEATURE + VECTOR);
    }
    if (count > 2) {
      s20 = load(out + 2 * FEATURE);
      s21 = load(out + 2 * FEATURE + VECTOR);
    }
  }
  let a1 = a + rowStride;
  let a2 = a1 + rowStride;
  const end = b + <usize>inner * FEATURE;
  while (b < end) {
    const b0 = load(b);
    const b1 = load(b + VECTOR);
    let factor = spread(a);
    s00 = accumulate(s00, factor, b0);
    s01 = accumulate(s01, factor, b1);
    if (count > 1) {
      factor = transposed ? v128.load_splat<f32>(a, NUMBER) : spread(a1);
      s10 = accumulate(s10, factor, b0);
      s11 = accumulate(s11, factor, b1);
    }
    if (count > 2) {
      factor = transposed ? v128.load_splat<f32>(a, 2 * NUMBER) : spread(a2);
      s20 = accumulate(s20, factor, b0);
      s21 = accumulate(s21, factor, b1);
    }
    if (transposed) a += stride;
    else {
      a += NUMBER;
      if (count > 1) a1 += NUMBER;
      if (count > 2) a2 += NUMBER;
    }
    b += FEATURE;
  }
  store(out, s00);
  store(out + VECTOR, s01);
  if (count > 1) {
    store(out + FEATURE, s10);
    store(out + FEATURE + VECTOR, s11);
  }
  if (count > 2) {
    store(out + 2 * FEATURE, s20);
    store(out + 2 * FEATURE + VECTOR, s21);
  }
}
