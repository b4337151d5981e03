/**
 * Kernels of batch norm (Ioffe and Szegedy, arXiv:1502.03167, algorithm 1), feature by feature: y = scale s + shift
 * with s = (x - mean) / sqrt(variance + epsilon). One thread goes through the batch for each feature, in the order of
 * its rows.
 */
import { BATCH_NORM } from '../../network/batch-norm.ts';
import { kernel } from '../kernel.ts';

/**
 * In training: mean and variance are the batch's, and the running ones move towards them. `kept` [width] gets s; the
 * arena row `factors` gets scale / sqrt(variance + epsilon) of feature o as its number o.
 */
export const normaliseBatch = kernel({
  name: 'normalise batch',
  integers: ['values', 'kept', 'factors', 'width', 'scale', 'shift', 'mean', 'variance'],
  covers: [64, 1],
  code: `
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let o = id.x;
  if (o >= call.width) { return; }
  let network = own(id.z);
  let n = f32(call.rows);
  let start = place(id.z, call.values + o, 0u);
  var mean = 0.0;
  for (var r = 0u; r < call.rows; r++) { mean += arena[start + r]; }
  mean /= n;
  var variance = 0.0;
  for (var r = 0u; r < call.rows; r++) {
    let distance = arena[start + r] - mean;
    variance += distance * distance;
  }
  variance /= n;
  let inverse = 1.0 / sqrt(variance + ${BATCH_NORM.epsilon});
  let scale = state[network + call.scale + o];
  let shift = state[network + call.shift + o];
  let standard = place(id.z, call.kept + o, 0u);
  for (var r = 0u; r < call.rows; r++) {
    let s = (arena[start + r] - mean) * inverse;
    arena[standard + r] = s;
    arena[start + r] = scale * s + shift;
  }
  arena[place(id.z, call.factors + o / call.rows, o % call.rows)] = scale * inverse;
  let old = network + call.mean + o;
  state[old] += ${BATCH_NORM.momentum} * (mean - state[old]);
  let spread = network + call.variance + o;
  state[spread] += ${BATCH_NORM.momentum} * (variance * n / (n - 1.0) - state[spread]);
}`,
});

/** In use: mean and variance are the running ones. */
export const normalise = kernel({
  name: 'normalise',
  integers: ['values', 'scale', 'shift', 'mean', 'variance'],
  covers: [64, 1],
  code: `
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= call.rows) { return; }
  let network = own(id.z);
  let at = place(id.z, call.values + id.y, id.x);
  let inverse = 1.0 / sqrt(state[network + call.variance + id.y] + ${BATCH_NORM.epsilon});
  let s = (arena[at] - state[network + call.mean + id.y]) * inverse;
  arena[at] = state[network + call.scale + id.y] * s + state[network + call.shift + id.y];
}`,
});

/**
 * Back: dscale = sum of dy s, dshift = sum of dy, and arena[slopes + o] becomes factor (dy - dshift / B - s dscale / B)
 * over the B rows of the batch.
 */
export const normaliseGradient = kernel({
  name: 'normalise gradient',
  integers: ['slopes', 'kept', 'factors', 'width', 'scale', 'shift'],
  covers: [64, 1],
  code: `
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let o = id.x;
  if (o >= call.width) { return; }
  let start = place(id.z, call.slopes + o, 0u);
  let standard = place(id.z, call.kept + o, 0u);
  var products = 0.0;
  var slopes = 0.0;
  for (var r = 0u; r < call.rows; r++) {
    products += arena[start + r] * arena[standard + r];
    slopes += arena[start + r];
  }
  let network = own(id.z);
  state[network + call.scale + o] = products;
  state[network + call.shift + o] = slopes;
  let n = f32(call.rows);
  let factor = arena[place(id.z, call.factors + o / call.rows, o % call.rows)];
  for (var r = 0u; r < call.rows; r++) {
    arena[start + r] = factor * (arena[start + r] - slopes / n - arena[standard + r] * products / n);
  }
}`,
});
