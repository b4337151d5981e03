/**
 * Kernels of the optimiser, parameter by parameter. `gradient`, `first`, `second` and `kept` are where these vectors
 * are in a network's state, whose parameters come first. What is pruned, kept = 0, gets no gradient and stays 0.
 *
 * The settings of a network are, in this order: beta1, 1 - beta1, the rate, what Adam adds to the root, and the
 * learning rate times the decoupled weight decay. They are computed in float64: in float32, 1 - beta is off by 1e-5.
 */
import { item, kernel, SETTINGS } from '../kernel.ts';

const VECTORS = ['count', 'gradient', 'first', 'second', 'kept'] as const;

const START = `
  let i = ${item(256)};
  if (i >= call.count) { return; }
  let network = own(id.z);
  let chosen = id.z * ${SETTINGS}u;
  let keeps = state[network + call.kept + i] != 0.0;
  var x = state[network + i];
  let slope = select(0.0, state[network + call.gradient + i], keeps) + call.decay * x;
  x -= settings[chosen + 4u] * x;`;

/**
 * Adam (Kingma and Ba, arXiv:1412.6980, algorithm 1): m = beta1 m + (1 - beta1) g, v = beta2 v + (1 - beta2) g^2,
 * x = x - rate m / (sqrt(v) + added), with both corrections in `rate` and `added`.
 */
export const adam = kernel({
  name: 'adam',
  integers: VECTORS,
  floats: ['decay', 'beta2', 'other2'],
  covers: [256, 1],
  code: `
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {${START}
  let m = settings[chosen] * state[network + call.first + i] + settings[chosen + 1u] * slope;
  let v = call.beta2 * state[network + call.second + i] + call.other2 * slope * slope;
  state[network + call.first + i] = m;
  state[network + call.second + i] = v;
  state[network + i] = select(0.0, x - settings[chosen + 2u] * m / (sqrt(v) + settings[chosen + 3u]), keeps);
}`,
});

/** Gradient descent with momentum: m = g + beta1 m; x = x - rate (g + beta1 m if it is Nesterov's, else m). */
export const descend = kernel({
  name: 'descend',
  integers: [...VECTORS, 'nesterov'],
  floats: ['decay'],
  covers: [256, 1],
  code: `
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {${START}
  let m = slope + settings[chosen] * state[network + call.first + i];
  state[network + call.first + i] = m;
  let direction = select(m, slope + settings[chosen] * m, call.nesterov != 0u);
  state[network + i] = select(0.0, x - settings[chosen + 2u] * direction, keeps);
}`,
});

/** What is pruned becomes 0, and its moments. */
export const prune = kernel({
  name: 'prune',
  integers: VECTORS,
  covers: [256, 1],
  code: `
@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${item(256)};
  if (i >= call.count) { return; }
  let network = own(id.z);
  if (state[network + call.kept + i] != 0.0) { return; }
  state[network + i] = 0.0;
  state[network + call.first + i] = 0.0;
  state[network + call.second + i] = 0.0;
}`,
});
