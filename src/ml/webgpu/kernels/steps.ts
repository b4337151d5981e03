/**
 * Kernels of what a layer does after its sums, number by number: activations, PReLU and dropout. Each replaces arena
 * rows [values, values + width) and, in training, writes the derivative of what it gives by what it took to [kept, kept
 * + width).
 */
import { kernel, rowKernel } from '../kernel.ts';

export const ACTIVATION = { relu: 0, swish: 1, selu: 2 } as const;

/**
 * relu, swish and selu as `Activation` defines them. With h = z sigmoid(z), swish has the derivative h + sigmoid(z) (1
 * - h).
 */
export const activation = rowKernel({
  name: 'activation',
  integers: ['kind', 'values', 'kept', 'keeps'],
  functions: `const SCALE = 1.0507009873554805;
const LIMIT = 1.7580993408473766;`,
  body: `
  let at = place(id.z, call.values + id.y, r);
  let z = arena[at];
  let positive = select(0.0, 1.0, z > 0.0);
  var value = z * positive;
  var slope = positive;
  switch (call.kind) {
    case ${ACTIVATION.swish}u: {
      let gate = 1.0 / (1.0 + exp(-z));
      value = z * gate;
      slope = value + gate * (1.0 - value);
    }
    case ${ACTIVATION.selu}u: {
      let fall = LIMIT * exp(min(z, 0.0));
      value = SCALE * max(z, 0.0) + fall - LIMIT;
      slope = select(fall, SCALE, z > 0.0);
    }
    default: {}
  }
  arena[at] = value;
  if (call.keeps != 0u) { arena[place(id.z, call.kept + id.y, r)] = slope; }`,
});

/** z where z > 0, else a z, with a = state[slope]; `aside` gets min(z, 0), the derivative by a. */
export const prelu = rowKernel({
  name: 'prelu',
  integers: ['values', 'kept', 'aside', 'slope', 'keeps'],
  body: `
  let at = place(id.z, call.values + id.y, r);
  let a = state[own(id.z) + call.slope];
  let z = arena[at];
  arena[at] = max(z, 0.0) + a * min(z, 0.0);
  if (call.keeps != 0u) {
    arena[place(id.z, call.kept + id.y, r)] = select(a, 1.0, z > 0.0);
    arena[place(id.z, call.aside + id.y, r)] = min(z, 0.0);
  }`,
});

/**
 * gradient[out] = sum over o and r of arena[slopes + o][r] arena[aside + o][r]: one workgroup a network, in a fixed
 * order.
 */
export const preluGradient = kernel({
  name: 'prelu gradient',
  integers: ['slopes', 'aside', 'width', 'out'],
  covers: [1, 1],
  code: `
var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let position = group.z;
  var sum = 0.0;
  for (var i = local.x; i < call.width * call.rows; i += 64u) {
    let o = i / call.rows;
    let r = i % call.rows;
    sum += arena[place(position, call.slopes + o, r)] * arena[place(position, call.aside + o, r)];
  }
  sums[local.x] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (local.x < half) { sums[local.x] += sums[local.x + half]; }
  }
  if (local.x == 0u) { state[own(position) + call.out] = sums[0]; }
}`,
});

/**
 * gain z + shift where the gain is not 0, else `dropped`; the gains are in `feed`, [blocks of 32 rows][width][32] from
 * `gains` on.
 */
export const dropout = rowKernel({
  name: 'dropout',
  integers: ['values', 'kept', 'gains', 'width'],
  floats: ['shift', 'dropped'],
  body: `
  let at = place(id.z, call.values + id.y, r);
  let block = (r / 32u * call.width + id.y) * 32u + r % 32u;
  let gain = bitcast<f32>(feed[id.z * call.feedSize + call.gains + block]);
  arena[at] = gain * arena[at] + select(call.dropped, call.shift, gain > 0.0);
  arena[place(id.z, call.kept + id.y, r)] = gain;`,
});

/** The chain rule through a step: arena[slopes + o][r] *= arena[kept + o][r]. */
export const backThrough = rowKernel({
  name: 'back through',
  integers: ['slopes', 'kept'],
  body: `
  arena[place(id.z, call.slopes + id.y, r)] *= arena[place(id.z, call.kept + id.y, r)];`,
});
