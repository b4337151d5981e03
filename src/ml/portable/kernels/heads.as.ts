/** What losses do at outputs other than a sigmoid's. */
import { exponential, FEATURE, load, store, VECTOR } from './vector.as';

/**
 * Softmax over classes: out = exp(z - max) / sum of exp(z - max), for each event; z and out are [blocks][classes][32].
 */
export function softmax(blocks: i32, z: usize, classes: i32, out: usize): void {
  const bytes = <usize>classes * FEATURE;
  for (let block = 0; block < blocks; block++) {
    for (let event: usize = 0; event < FEATURE; event += VECTOR) {
      let largest = load(z + event);
      for (let at = event + FEATURE; at < bytes; at += FEATURE) largest = f32x4.max(largest, load(z + at));
      let sum = f32x4.splat(0);
      for (let at = event; at < bytes; at += FEATURE) {
        const power = exponential(f32x4.sub(load(z + at), largest));
        store(out + at, power);
        sum = f32x4.add(sum, power);
      }
      for (let at = event; at < bytes; at += FEATURE) store(out + at, f32x4.div(load(out + at), sum));
    }
    z += bytes;
    out += bytes;
  }
}

/**
 * The derivative of w [ln(sum of exp(z)) - z_y] by z, (softmax(z) - [c = y]) w for class c; z and out are [blocks][classes][32],
 * the classes y and the weights w [blocks][32].
 */
export function softmaxSlope(blocks: i32, z: usize, classes: i32, y: usize, w: usize, out: usize): void {
  softmax(blocks, z, classes, out);
  for (let block = 0; block < blocks; block++) {
    for (let c = 0; c < classes; c++) {
      for (let event: usize = 0; event < FEATURE; event += VECTOR) {
        const isTarget = f32x4.eq(load(y + event), f32x4.splat(<f32>c));
        const difference = f32x4.sub(load(out + event), v128.and(isTarget, f32x4.splat(1)));
        store(out + event, f32x4.mul(difference, load(w + event)));
      }
      out += FEATURE;
    }
    y += FEATURE;
    w += FEATURE;
  }
}

/** The derivative of w (z - y)^2 by z, 2 (z - y) w; all [blocks][32]. */
export function squaredErrorSlope(blocks: i32, z: usize, y: usize, w: usize, out: usize): void {
  const bytes = <usize>blocks * FEATURE;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const difference = f32x4.sub(load(z + at), load(y + at));
    store(out + at, f32x4.mul(f32x4.add(difference, difference), load(w + at)));
  }
}
