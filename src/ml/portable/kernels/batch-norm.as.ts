/**
 * Batch norm (arXiv:1502.03167), feature by feature. `count` events of a batch are real; the others fill up its last block.
 * Sums over events are in float64: four of them, each of every fourth event, added in pairs; then what is left over.
 */
import { accumulate, FEATURE, load, spread, store, VECTOR } from './vector.as';

/**
 * With the mean m and the biased variance v of a feature, x = (z - m) / sqrt(v + epsilon) into x [blocks][rows][32], and
 * x scale + shift in place of z [blocks][rows][32]. `inverse` gets 1 / sqrt(v + epsilon) of each feature. The running mean and
 * variance move by `momentum` towards m and the unbiased v.
 */
export function batchNorm(
  blocks: i32, count: i32, z: usize, zBlock: usize, x: usize, rows: i32, scale: usize, shift: usize, inverse: usize,
  mean: usize, variance: usize, momentum: f64, epsilon: f64,
): void {
  const xBlock = <usize>rows * FEATURE;
  const events = <f64>count;
  for (let row = 0; row < rows; row++) {
    const m = sumOf(z, zBlock, count) / events;
    const squares = squaresOf(z, zBlock, count, m);
    const factor = <f32>(1 / Math.sqrt(squares / events + epsilon));
    f32.store(inverse, factor);
    moveTowards(mean, m, momentum);
    moveTowards(variance, squares / (events - 1), momentum);
    const centre = f32x4.splat(<f32>m);
    for (let block = 0; block < blocks; block++) {
      const from = z + <usize>block * zBlock;
      const to = x + <usize>block * xBlock;
      for (let at: usize = 0; at < FEATURE; at += VECTOR) {
        const standard = f32x4.mul(f32x4.sub(load(from + at), centre), f32x4.splat(factor));
        store(to + at, standard);
        store(from + at, accumulate(spread(shift), standard, spread(scale)));
      }
    }
    z += FEATURE;
    x += FEATURE;
    scale += 4;
    shift += 4;
    inverse += 4;
    mean += 4;
    variance += 4;
  }
}

/** What `batchNorm` does after training, by the running mean and variance: (z - mean) scale / sqrt(variance + epsilon) + shift. */
export function standardise(
  blocks: i32, z: usize, zBlock: usize, rows: i32, scale: usize, shift: usize, mean: usize, variance: usize, epsilon: f64,
): void {
  for (let row = 0; row < rows; row++) {
    const factor = <f32>(<f64>f32.load(scale) / Math.sqrt(<f64>f32.load(variance) + epsilon));
    for (let block = 0; block < blocks; block++) {
      const at = z + <usize>block * zBlock;
      for (let e: usize = 0; e < FEATURE; e += VECTOR) {
        const difference = f32x4.sub(load(at + e), spread(mean));
        store(at + e, accumulate(spread(shift), difference, f32x4.splat(factor)));
      }
    }
    z += FEATURE;
    scale += 4;
    shift += 4;
    mean += 4;
    variance += 4;
  }
}

/**
 * Back through `batchNorm`: with d the derivative by its result, byShift = sum of d, byScale = sum of d x, and, into out
 * [blocks][rows][32], scale inverse (d - byShift / n - x byScale / n), 0 for events that only fill up a block.
 */
export function batchNormGradient(
  blocks: i32, count: i32, d: usize, dBlock: usize, x: usize, rows: i32, scale: usize, inverse: usize, out: usize,
  byScale: usize, byShift: usize,
): void {
  const xBlock = <usize>rows * FEATURE;
  for (let row = 0; row < rows; row++) {
    const sum = sumOf(d, dBlock, count);
    const product = productOf(d, dBlock, x, xBlock, count);
    f32.store(byShift, <f32>sum);
    f32.store(byScale, <f32>product);
    const factor = f32x4.mul(spread(scale), spread(inverse));
    const meanSlope = f32x4.splat(<f32>(sum / <f64>count));
    const meanProduct = f32x4.splat(<f32>(product / <f64>count));
    for (let block = 0; block < blocks; block++) {
      const from = d + <usize>block * dBlock;
      const by = x + <usize>block * xBlock;
      const to = out + <usize>block * xBlock;
      for (let at: usize = 0; at < FEATURE; at += VECTOR) {
        const centred = f32x4.sub(load(from + at), meanSlope);
        store(to + at, f32x4.mul(factor, f32x4.sub(centred, f32x4.mul(load(by + at), meanProduct))));
      }
    }
    for (let e = count; e < blocks << 5; e++) f32.store(place(out, xBlock, e), 0);
    d += FEATURE;
    x += FEATURE;
    out += FEATURE;
    scale += 4;
    inverse += 4;
    byScale += 4;
    byShift += 4;
  }
}

function sumOf(z: usize, zBlock: usize, count: i32): f64 {
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let e = 0;
  for (; e + 4 <= count; e += 4) {
    const four = load(place(z, zBlock, e));
    even = f64x2.add(even, f64x2.promote_low_f32x4(four));
    odd = f64x2.add(odd, f64x2.promote_low_f32x4(upper(four)));
  }
  let sum = total(even, odd);
  for (; e < count; e++) sum += <f64>f32.load(place(z, zBlock, e));
  return sum;
}

/** The sum of (z - m)^2. */
function squaresOf(z: usize, zBlock: usize, count: i32, m: f64): f64 {
  const centre = f64x2.splat(m);
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let e = 0;
  for (; e + 4 <= count; e += 4) {
    const four = load(place(z, zBlock, e));
    const low = f64x2.sub(f64x2.promote_low_f32x4(four), centre);
    const high = f64x2.sub(f64x2.promote_low_f32x4(upper(four)), centre);
    even = f64x2.add(even, f64x2.mul(low, low));
    odd = f64x2.add(odd, f64x2.mul(high, high));
  }
  let sum = total(even, odd);
  for (; e < count; e++) {
    const difference = <f64>f32.load(place(z, zBlock, e)) - m;
    sum += difference * difference;
  }
  return sum;
}

function productOf(d: usize, dBlock: usize, x: usize, xBlock: usize, count: i32): f64 {
  let even = f64x2.splat(0);
  let odd = f64x2.splat(0);
  let e = 0;
  for (; e + 4 <= count; e += 4) {
    const slopes = load(place(d, dBlock, e));
    const values = load(place(x, xBlock, e));
    even = f64x2.add(even, f64x2.mul(f64x2.promote_low_f32x4(slopes), f64x2.promote_low_f32x4(values)));
    odd = f64x2.add(odd, f64x2.mul(f64x2.promote_low_f32x4(upper(slopes)), f64x2.promote_low_f32x4(upper(values))));
  }
  let sum = total(even, odd);
  for (; e < count; e++) sum += <f64>f32.load(place(d, dBlock, e)) * <f64>f32.load(place(x, xBlock, e));
  return sum;
}

/** The last two of four numbers first. */
// @ts-ignore: decorator
@inline
function upper(four: v128): v128 {
  return v128.shuffle<f32>(four, four, 2, 3, 2, 3);
}

// @ts-ignore: decorator
@inline
function total(even: v128, odd: v128): f64 {
  return (
    f64x2.extract_lane(even, 0) + f64x2.extract_lane(even, 1) + (f64x2.extract_lane(odd, 0) + f64x2.extract_lane(odd, 1))
  );
}

/** The address of event e in a feature that starts at `address` in the first block. */
// @ts-ignore: decorator
@inline
function place(address: usize, blockBytes: usize, e: i32): usize {
  return address + <usize>(e >> 5) * blockBytes + (<usize>(e & 31) << 2);
}

// @ts-ignore: decorator
@inline
function moveTowards(address: usize, value: f64, momentum: f64): void {
  const present = <f64>f32.load(address);
  f32.store(address, <f32>(present + momentum * (value - present)));
}
