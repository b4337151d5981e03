/**
 * Kernels of a linear layer z = W^T x + b, forward and back. W is [fan-in, width] with the biases behind it; x and its
 * derivatives are arena rows that a list names, z and its derivatives consecutive ones.
 *
 * Forward and dx: each thread does two rows of the batch and four results, so that what it loads is used several times
 * and neighbouring threads load neighbouring numbers. No order of sums depends on how many networks there are.
 */
import { kernel } from '../kernel.ts';

/** Marks a row of a list of targets to which a kernel adds, where it otherwise replaces. */
export const ADD = 0x80000000;

/** arena[into + o][r] = b[o] + sum over k of W[k][o] arena[inputs[k]][r]. */
export const linear = kernel({
  name: 'linear',
  integers: ['inputs', 'fanIn', 'weight', 'width', 'into'],
  covers: [128, 4],
  code: `
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let position = group.z;
  let r = group.x * 128u + local.x;
  let o = group.y * 4u;
  let width = call.width;
  var weight = own(position) + call.weight + o;
  let bias = weight + call.fanIn * width;
  var first = vec4f(state[bias], state[bias + 1u], state[bias + 2u], state[bias + 3u]);
  var second = first;
  for (var k = 0u; k < call.fanIn; k++) {
    let x = place(position, lists[call.inputs + k], r);
    let w = vec4f(state[weight], state[weight + 1u], state[weight + 2u], state[weight + 3u]);
    first += w * arena[x];
    second += w * arena[x + 64u];
    weight += width;
  }
  for (var i = 0u; i < min(4u, width - o); i++) {
    let z = place(position, call.into + o + i, r);
    if (r < call.rows) { arena[z] = first[i]; }
    if (r + 64u < call.rows) { arena[z + 64u] = second[i]; }
  }
}`,
});

/**
 * arena[target][r] = (or += where the target is marked with ADD) sum over o of W[k][o] arena[slopes + o][r], for each
 * pair (k, target) of a list, which has the numbers k first and then the targets.
 */
export const inputSlopes = kernel({
  name: 'input slopes',
  integers: ['pairs', 'count', 'weight', 'width', 'slopes'],
  covers: [128, 4],
  code: `
@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) local: vec3u) {
  let position = group.z;
  let r = group.x * 128u + local.x;
  let pair = group.y * 4u;
  let last = call.count - 1u;
  let matrix = own(position) + call.weight;
  let a = matrix + lists[call.pairs + pair] * call.width;
  let b = matrix + lists[call.pairs + min(pair + 1u, last)] * call.width;
  let c = matrix + lists[call.pairs + min(pair + 2u, last)] * call.width;
  let d = matrix + lists[call.pairs + min(pair + 3u, last)] * call.width;
  var first = vec4f();
  var second = vec4f();
  for (var o = 0u; o < call.width; o++) {
    let slope = place(position, call.slopes + o, r);
    let w = vec4f(state[a + o], state[b + o], state[c + o], state[d + o]);
    first += w * arena[slope];
    second += w * arena[slope + 64u];
  }
  for (var i = 0u; i < min(4u, call.count - pair); i++) {
    let target_row = lists[call.pairs + call.count + pair + i];
    let x = place(position, target_row & ${ADD - 1}u, r);
    let adds = (target_row & ${ADD}u) != 0u;
    if (r < call.rows) { arena[x] = first[i] + select(0.0, arena[x], adds); }
    if (r + 64u < call.rows) { arena[x + 64u] = second[i] + select(0.0, arena[x + 64u], adds); }
  }
}`,
});

/**
 * gradient[k][o] = sum over r of arena[inputs[k]][r] arena[slopes + o][r]; for k = fan-in, the biases, of arena[slopes
 * + o][r]. x counts o, y counts k. A workgroup does 16 by 16 of them, each thread two by two, and takes 32 rows of the
 * batch at a time into its memory, whose lines are one longer so that threads do not wait for one another.
 */
export const weightGradient = kernel({
  name: 'weight gradient',
  integers: ['inputs', 'fanIn', 'width', 'slopes', 'out'],
  covers: [16, 16],
  code: `
var<workgroup> x: array<f32, 528>;
var<workgroup> dz: array<f32, 528>;

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) local: vec3u,
  @builtin(local_invocation_index) thread: u32,
) {
  let position = group.z;
  let first_k = group.y * 16u;
  let first_o = group.x * 16u;
  // Two values of k, each with two of o.
  var sums = vec4f();
  for (var start = 0u; start < call.rows; start += 32u) {
    for (var i = thread; i < 512u; i += 64u) {
      let line = i / 32u;
      let r = start + i % 32u;
      let k = first_k + line;
      let o = first_o + line;
      let to = line * 33u + i % 32u;
      // What is outside may be another network's, and not a number.
      let inside = r < call.rows;
      let row = lists[call.inputs + min(k, call.fanIn - 1u)];
      x[to] = select(select(0.0, 1.0, k == call.fanIn), arena[place(position, row, r)], inside && k < call.fanIn);
      dz[to] = select(0.0, arena[place(position, call.slopes + o, r)], inside && o < call.width);
    }
    workgroupBarrier();
    for (var i = 0u; i < 32u; i++) {
      let a = vec2f(x[local.y * 33u + i], x[(local.y + 8u) * 33u + i]);
      let b = vec2f(dz[local.x * 33u + i], dz[(local.x + 8u) * 33u + i]);
      sums += vec4f(a.x * b, a.y * b);
    }
    workgroupBarrier();
  }
  for (var i = 0u; i < 4u; i++) {
    let k = first_k + local.y + 8u * (i / 2u);
    let o = first_o + local.x + 8u * (i % 2u);
    if (k <= call.fanIn && o < call.width) { state[own(position) + call.out + k * call.width + o] = sums[i]; }
  }
}`,
});
