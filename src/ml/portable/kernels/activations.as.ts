/** Activations with their slopes, and what the loss does at the output. Everything here is done number by number. */
import {
  accumulate, constant, exponential, FEATURE, load, one, sigmoid as logistic, spread, store, VECTOR,
} from './vector.as';

/**
 * swish(z) = z s with s = 1 / (1 + exp(-z)) (arXiv:1710.05941, beta = 1), in place of z [blocks][rows][32]; and into
 * slope [blocks][rows][32] its derivative s + z s (1 - s) = swish(z) + s (1 - swish(z)).
 */
export function swish(blocks: i32, z: usize, zBlock: usize, slope: usize, rows: i32): void {
  const bytes = <usize>rows * FEATURE;
  for (let block = 0; block < blocks; block++) {
    for (let at: usize = 0; at < bytes; at += 2 * VECTOR) {
      swishOf(z + at, slope + at);
      swishOf(z + at + VECTOR, slope + at + VECTOR);
    }
    z += zBlock;
    slope += bytes;
  }
}

/** max(z, 0) in place of z [blocks][rows][32]; slope [blocks][rows][32] is 1 where z > 0, and 0 elsewhere. */
export function relu(blocks: i32, z: usize, zBlock: usize, slope: usize, rows: i32): void {
  const bytes = <usize>rows * FEATURE;
  for (let block = 0; block < blocks; block++) {
    for (let at: usize = 0; at < bytes; at += VECTOR) {
      const x = load(z + at);
      store(z + at, f32x4.max(x, f32x4.splat(0)));
      store(slope + at, v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.splat(1)));
    }
    z += zBlock;
    slope += bytes;
  }
}

/**
 * SELU (arXiv:1706.02515), l z where z > 0, else l a (exp(z) - 1), in place of z [blocks][rows][32]; slope [blocks][rows][32] is
 * l, or l a exp(z).
 */
export function selu(blocks: i32, z: usize, zBlock: usize, slope: usize, rows: i32): void {
  const bytes = <usize>rows * FEATURE;
  for (let block = 0; block < blocks; block++) {
    for (let at: usize = 0; at < bytes; at += VECTOR) {
      const x = load(z + at);
      const isPositive = f32x4.gt(x, f32x4.splat(0));
      const fall = f32x4.mul(constant(12), exponential(x));
      store(z + at, v128.bitselect(f32x4.mul(constant(11), x), f32x4.sub(fall, constant(12)), isPositive));
      store(slope + at, v128.bitselect(constant(11), fall, isPositive));
    }
    z += zBlock;
    slope += bytes;
  }
}

/**
 * PReLU (arXiv:1502.01852), z where z > 0, else a z with a at `factor`, in place of z [blocks][rows][32]; slope is 1 or a, and
 * negative min(z, 0), both [blocks][rows][32].
 */
export function prelu(
  blocks: i32, z: usize, zBlock: usize, slope: usize, rows: i32, factor: usize, negative: usize,
): void {
  const bytes = <usize>rows * FEATURE;
  const a = spread(factor);
  for (let block = 0; block < blocks; block++) {
    for (let at: usize = 0; at < bytes; at += VECTOR) {
      const x = load(z + at);
      const isPositive = f32x4.gt(x, f32x4.splat(0));
      store(z + at, v128.bitselect(x, f32x4.mul(a, x), isPositive));
      store(slope + at, v128.bitselect(f32x4.splat(1), a, isPositive));
      store(negative + at, v128.andnot(x, isPositive));
    }
    z += zBlock;
    slope += bytes;
    negative += bytes;
  }
}

/** The derivative by a of `prelu`: out = sum of byOutput negative, in float64, or that added to out if `add` is not 0. */
export function preluGradient(
  blocks: i32, byOutput: usize, byOutputBlock: usize, negative: usize, rows: i32, out: usize, add: i32,
): void {
  const bytes = <usize>rows * FEATURE;
  let sum: f64 = 0;
  for (let block = 0; block < blocks; block++) {
    for (let at: usize = 0; at < bytes; at += 4)
      sum += <f64>f32.load(byOutput + at) * <f64>f32.load(negative + at);
    byOutput += byOutputBlock;
    negative += bytes;
  }
  f32.store(out, add == 0 ? <f32>sum : f32.load(out) + <f32>sum);
}

/**
 * Dropout in place of z [blocks][rows][32]: z gain + shift where gain, [blocks][rows][32], is not 0, and `dropped` where it is.
 * `gain` is the slope that goes with it.
 */
export function dropOut(
  blocks: i32, z: usize, zBlock: usize, gain: usize, rows: i32, shift: f32, dropped: f32,
): void {
  const bytes = <usize>rows * FEATURE;
  for (let block = 0; block < blocks; block++) {
    for (let at: usize = 0; at < bytes; at += VECTOR) {
      const factor = load(gain + at);
      const kept = accumulate(f32x4.splat(shift), load(z + at), factor);
      store(z + at, v128.bitselect(f32x4.splat(dropped), kept, f32x4.eq(factor, f32x4.splat(0))));
    }
    z += zBlock;
    gain += bytes;
  }
}

/** The chain rule: out = byOutput slope; slope and out are [blocks][rows][32]. */
export function backThrough(
  blocks: i32,
  byOutput: usize,
  byOutputBlock: usize,
  slope: usize,
  out: usize,
  rows: i32,
): void {
  const bytes = <usize>rows * FEATURE;
  for (let block = 0; block < blocks; block++) {
    for (let at: usize = 0; at < bytes; at += VECTOR) store(out + at, f32x4.mul(load(byOutput + at), load(slope + at)));
    byOutput += byOutputBlock;
    slope += bytes;
    out += bytes;
  }
}

/** sigmoid(z) into out, both [blocks][32]. */
export function sigmoid(blocks: i32, z: usize, out: usize): void {
  const bytes = <usize>blocks * FEATURE;
  for (let at: usize = 0; at < bytes; at += VECTOR) store(out + at, logistic(load(z + at)));
}

/**
 * The derivative of the weighted cross-entropy w [softplus(z) - y z] by the logit, (sigmoid(z) - y) w; all [blocks][32].
 * Rows that only fill up a block have w = 0.
 */
export function crossEntropySlope(blocks: i32, z: usize, y: usize, w: usize, out: usize): void {
  const bytes = <usize>blocks * FEATURE;
  for (let at: usize = 0; at < bytes; at += VECTOR)
    store(out + at, f32x4.mul(f32x4.sub(logistic(load(z + at)), load(y + at)), load(w + at)));
}

// @ts-ignore: decorator
@inline
function swishOf(z: usize, slope: usize): void {
  const x = load(z);
  const s = logistic(x);
  const h = f32x4.mul(x, s);
  store(z, h);
  store(slope, accumulate(h, s, f32x4.sub(one(), h)));
}
