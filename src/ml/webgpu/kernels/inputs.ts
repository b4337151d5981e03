/** Kernels that bring a batch into the arena: rows of a data set, and what embeddings look up. */
import { item, kernel, rowKernel } from '../kernel.ts';

/**
 * arena[into[column]][r] = records[feed[r]][column], for each column of a data set. A call takes the networks whose
 * data set is bound: their positions are `slots[members + first + z]`.
 */
export const gather = rowKernel({
  name: 'gather',
  integers: ['first', 'columns', 'into'],
  body: `
  let position = slots[call.members + call.first + id.z];
  let row = feed[position * call.feedSize + r];
  arena[place(position, lists[call.into + id.y], r)] = records[row * call.columns + id.y];`,
});

/**
 * arena[into + o][r] = table[code_r][o], with the codes in the arena row `codes` and the table [cardinality, width].
 */
export const lookUp = rowKernel({
  name: 'look up',
  integers: ['codes', 'table', 'width', 'into'],
  body: `
  let code = u32(arena[place(id.z, call.codes, r)]);
  arena[place(id.z, call.into + id.y, r)] = state[own(id.z) + call.table + code * call.width + id.y];`,
});

/** gradient[table][c][o] = sum over r with code_r = c of arena[slopes + o][r]; x counts the numbers of the table. */
export const lookUpGradient = kernel({
  name: 'look up gradient',
  integers: ['codes', 'width', 'cardinality', 'slopes', 'out'],
  covers: [64, 1],
  code: `
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = ${item(64)};
  if (i >= call.cardinality * call.width) { return; }
  let code = f32(i / call.width);
  let row = call.slopes + i % call.width;
  var sum = 0.0;
  for (var r = 0u; r < call.rows; r++) {
    if (arena[place(id.z, call.codes, r)] == code) { sum += arena[place(id.z, row, r)]; }
  }
  state[own(id.z) + call.out + i] = sum;
}`,
});
