/**
 * Kernels of a head, row by row, from its sums z in arena rows [sums, sums + outputs): derivatives of the loss,
 * results, and the loss itself, with the losses that `Head` defines. Targets are arena rows from `targets` on, row
 * weights the arena row `weights`.
 */
import { kernel, rowKernel } from '../kernel.ts';

export const HEAD = { sigmoid: 0, softmax: 1, linear: 2 } as const;

const SOFTMAX = `
struct Softmax { largest: f32, total: f32 }

/** The largest sum, and the total of exp(z - largest). */
fn softmax(position: u32, r: u32) -> Softmax {
  var largest = arena[place(position, call.sums, r)];
  for (var o = 1u; o < call.outputs; o++) { largest = max(largest, arena[place(position, call.sums + o, r)]); }
  var total = 0.0;
  for (var o = 0u; o < call.outputs; o++) { total += exp(arena[place(position, call.sums + o, r)] - largest); }
  return Softmax(largest, total);
}
`;

/**
 * arena[slopes + o][r] = weight_r factor / B times sigmoid(z) - y, or p_o - (1 where o is the class, else 0), or 2 (z -
 * y).
 */
export const headSlopes = rowKernel({
  name: 'head slopes',
  integers: ['kind', 'sums', 'outputs', 'targets', 'weights', 'slopes'],
  floats: ['factor'],
  functions: SOFTMAX,
  body: `
  let weight = arena[place(id.z, call.weights, r)] / f32(call.rows) * call.factor;
  var powers = Softmax(0.0, 1.0);
  if (call.kind == ${HEAD.softmax}u) { powers = softmax(id.z, r); }
  for (var o = 0u; o < call.outputs; o++) {
    let z = arena[place(id.z, call.sums + o, r)];
    var slope = 0.0;
    switch (call.kind) {
      case ${HEAD.sigmoid}u: { slope = 1.0 / (1.0 + exp(-z)) - arena[place(id.z, call.targets + o, r)]; }
      case ${HEAD.softmax}u: {
        let hit = arena[place(id.z, call.targets, r)] == f32(o);
        slope = exp(z - powers.largest) / powers.total - select(0.0, 1.0, hit);
      }
      default: { slope = 2.0 * (z - arena[place(id.z, call.targets + o, r)]); }
    }
    arena[place(id.z, call.slopes + o, r)] = weight * slope;
  }`,
});

/** arena[into + o][r] = sigmoid(z), exp(z_o) / sum of exp(z), or z. */
export const headResults = rowKernel({
  name: 'head results',
  integers: ['kind', 'sums', 'outputs', 'into'],
  functions: SOFTMAX,
  body: `
  var powers = Softmax(0.0, 1.0);
  if (call.kind == ${HEAD.softmax}u) { powers = softmax(id.z, r); }
  for (var o = 0u; o < call.outputs; o++) {
    let z = arena[place(id.z, call.sums + o, r)];
    var result = z;
    switch (call.kind) {
      case ${HEAD.sigmoid}u: { result = 1.0 / (1.0 + exp(-z)); }
      case ${HEAD.softmax}u: { result = exp(z - powers.largest) / powers.total; }
      default: {}
    }
    arena[place(id.z, call.into + o, r)] = result;
  }`,
});

/** Rows of which `headLosses` gives one sum. */
export const LOSS_ROWS = 64;

/**
 * For each 64 rows the sum of weight_r loss_r, times the factor, as number r / 64 of the arena row `into`. Rows from
 * feed[rows] on do not count. ln(1 + t) for t up to 1 is 2 artanh(t / (2 + t)) by its series, which is off by less than
 * float32 rounds: WGSL's log may be off by 5e-7.
 */
export const headLosses = kernel({
  name: 'head losses',
  integers: ['kind', 'sums', 'outputs', 'targets', 'weights', 'into'],
  floats: ['factor'],
  covers: [64, 1],
  code: `${SOFTMAX}
var<workgroup> sums: array<f32, 64>;

fn log_of_one_plus(t: f32) -> f32 {
  if (t > 1.0) { return log(1.0 + t); }
  let s = t / (2.0 + t);
  let q = s * s;
  return 2.0 * s * (1.0 + q * (1.0 / 3.0 + q * (1.0 / 5.0 + q * (1.0 / 7.0 + q * (1.0 / 9.0 + q * (1.0 / 11.0 + q / 13.0))))));
}

fn loss(position: u32, r: u32) -> f32 {
  if (call.kind == ${HEAD.softmax}u) {
    let powers = softmax(position, r);
    let class_sum = arena[place(position, call.sums + u32(arena[place(position, call.targets, r)]), r)];
    return powers.largest - class_sum + log_of_one_plus(powers.total - 1.0);
  }
  var sum = 0.0;
  for (var o = 0u; o < call.outputs; o++) {
    let z = arena[place(position, call.sums + o, r)];
    let y = arena[place(position, call.targets + o, r)];
    if (call.kind == ${HEAD.sigmoid}u) {
      sum += max(z, 0.0) + log_of_one_plus(exp(-abs(z))) - y * z;
    } else {
      sum += (z - y) * (z - y);
    }
  }
  return sum;
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let position = group.z;
  let r = group.x * 64u + local.x;
  var sum = 0.0;
  if (r < feed[position * call.feedSize + call.rows]) {
    sum = arena[place(position, call.weights, r)] * loss(position, r) * call.factor;
  }
  sums[local.x] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local.x < half) { sums[local.x] += sums[local.x + half]; }
  }
  if (local.x == 0u) { arena[place(position, call.into, group.x)] = sums[0]; }
}`,
});
