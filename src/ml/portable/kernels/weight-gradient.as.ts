/** The gradient of a layer's weights and biases: a sum over the events of a batch. */
import { accumulate, BLOCK, FEATURE, load, spread, store, VECTOR } from './vector.as';

/** Bytes of eight numbers: what a panel holds of one event. */
const EIGHT: usize = 32;

/**
 * Turns x [blocks][8 panels][32] into panels [panels][32 blocks][8]: eight features of an event side by side, as
 * `weightGradient` wants them. 4 by 4 numbers at a time go through the registers.
 */
export function pack(blocks: i32, x: usize, xBlock: usize, out: usize, panels: i32): void {
  for (let panel = 0; panel < panels; panel++) {
    for (let block = 0; block < blocks; block++) {
      const from = x + <usize>block * xBlock + <usize>panel * (8 * FEATURE);
      for (let event: usize = 0; event < FEATURE; event += VECTOR) {
        transpose(from + event, out);
        transpose(from + event + 4 * FEATURE, out + VECTOR);
        out += 4 * EIGHT;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function transpose(from: usize, to: usize): void {
  const a = load(from);
  const b = load(from + FEATURE);
  const c = load(from + 2 * FEATURE);
  const d = load(from + 3 * FEATURE);
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5);
  const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd2 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5));
  store(to + EIGHT, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
  store(to + 2 * EIGHT, v128.shuffle<f32>(ab2, cd2, 0, 1, 4, 5));
  store(to + 3 * EIGHT, v128.shuffle<f32>(ab2, cd2, 2, 3, 6, 7));
}

/**
 * With x as the panels of `pack` and d [blocks][rows][32]:
 *
 *     out[r][i] = sum over events e, in their order, of d[r][e] x[i][e],  i < 8 panels, r < rows
 *
 * or that added to out, if `add` is not 0; out is [rows][8 panels]. The last feature of x is 1 for every event, which makes
 * its column the biases' gradient. Tiles are of 3 rows by 8 inputs, as in `gemm`.
 */
export function weightGradient(
  blocks: i32,
  x: usize,
  panels: i32,
  d: usize,
  dBlock: usize,
  rows: i32,
  out: usize,
  add: i32,
): void {
  const outRow = <usize>panels * EIGHT;
  for (let panel = 0; panel < panels; panel++) {
    let row = 0;
    for (; row + 3 <= rows; row += 3)
      tile(3, blocks, x, d + <usize>row * FEATURE, dBlock, out + <usize>row * outRow, outRow, add);
    const rest = d + <usize>row * FEATURE;
    if (row + 2 == rows) tile(2, blocks, x, rest, dBlock, out + <usize>row * outRow, outRow, add);
    else if (row < rows) tile(1, blocks, x, rest, dBlock, out + <usize>row * outRow, outRow, add);
    x += <usize>blocks * (<usize>BLOCK * EIGHT);
    out += EIGHT;
  }
}

/** `count` rows, from 1 to 3; where it is known, engines see code for that many alone. */
// @ts-ignore: decorator
@inline
function tile(count: i32, blocks: i32, x: usize, d: usize, dBlock: usize, out: usize, outRow: usize, add: i32): void {
  let s00 = f32x4.splat(0), s01 = s00, s10 = s00, s11 = s00, s20 = s00, s21 = s00;
  for (let block = 0; block < blocks; block++) {
    const end = d + FEATURE;
    for (let e = d; e < end; e += 4) {
      const x0 = load(x);
      const x1 = load(x + VECTOR);
      let factor = spread(e);
      s00 = accumulate(s00, factor, x0);
      s01 = accumulate(s01, factor, x1);
      if (count > 1) {
        factor = v128.load_splat<f32>(e, FEATURE);
        s10 = accumulate(s10, factor, x0);
        s11 = accumulate(s11, factor, x1);
      }
      if (count > 2) {
        factor = v128.load_splat<f32>(e, 2 * FEATURE);
        s20 = accumulate(s20, factor, x0);
        s21 = accumulate(s21, factor, x1);
      }
      x += EIGHT;
    }
    d += dBlock;
  }
  finish(out, s00, s01, add);
  if (count > 1) finish(out + outRow, s10, s11, add);
  if (count > 2) finish(out + 2 * outRow, s20, s21, add);
}

// @ts-ignore: decorator
@inline
function finish(out: usize, s0: v128, s1: v128, add: i32): void {
  if (add != 0) {
    s0 = f32x4.add(load(out), s0);
    s1 = f32x4.add(load(out + VECTOR), s1);
  }
  store(out, s0);
  store(out + VECTOR, s1);
}
