/** The other optimiser's step, weight decay and masks, on vectors of `count` numbers, a multiple of 4. */
import { accumulate, load, store, VECTOR } from './vector.as';

/**
 * Gradient descent with momentum (Sutskever et al., ICML 2013, in the form of PyTorch): m = momentum m + g; then
 * x = x - rate m or, after Nesterov, x = x - rate (g + momentum m).
 */
export function descend(
  count: i32, x: usize, m: usize, g: usize, momentum: f32, rate: f32, nesterov: i32,
): void {
  const bytes = <usize>count << 2;
  const factor = f32x4.splat(momentum);
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const slope = load(g + at);
    const mean = accumulate(slope, factor, load(m + at));
    store(m + at, mean);
    const direction = nesterov == 0 ? mean : accumulate(slope, factor, mean);
    store(x + at, f32x4.sub(load(x + at), f32x4.mul(direction, f32x4.splat(rate))));
  }
}

/** y = y + a x. */
export function addMultiple(count: i32, a: f32, x: usize, y: usize): void {
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) store(y + at, accumulate(load(y + at), f32x4.splat(a), load(x + at)));
}

/** x where the bits of `kept` are set, and 0 elsewhere. */
export function keep(count: i32, x: usize, kept: usize): void {
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) store(x + at, v128.and(load(x + at), load(kept + at)));
}
