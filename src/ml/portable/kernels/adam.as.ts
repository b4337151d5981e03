/** The optimiser's step. */
import { load, store, VECTOR } from './vector.as';

/**
 * Adam (Kingma and Ba, arXiv:1412.6980, algorithm 1) on vectors of `count` numbers, a multiple of 4:
 *
 *     m = beta1 m + (1 - beta1) g
 *     v = beta2 v + (1 - beta2) g^2
 *     x = x - rate m / (sqrt(v) + epsilon)
 *
 * The host folds the corrections for the moments' start at 0 into rate and epsilon, and gives 1 - beta1 and 1 - beta2
 * computed in float64: in float32 the latter would be off by 1e-5.
 */
export function adam(
  count: i32,
  x: usize,
  m: usize,
  v: usize,
  g: usize,
  beta1: f32,
  rest1: f32,
  beta2: f32,
  rest2: f32,
  rate: f32,
  epsilon: f32,
): void {
  const bytes = <usize>count << 2;
  for (let at: usize = 0; at < bytes; at += VECTOR) {
    const slope = load(g + at);
    const first = f32x4.add(
      f32x4.mul(load(m + at), f32x4.splat(beta1)),
      f32x4.mul(slope, f32x4.splat(rest1)),
    );
    const second = f32x4.add(
      f32x4.mul(load(v + at), f32x4.splat(beta2)),
      f32x4.mul(f32x4.mul(slope, slope), f32x4.splat(rest2)),
    );
    store(m + at, first);
    store(v + at, second);
    const root = f32x4.add(f32x4.sqrt(second), f32x4.splat(epsilon));
    store(x + at, f32x4.sub(load(x + at), f32x4.div(f32x4.mul(first, f32x4.splat(rate)), root)));
  }
}
