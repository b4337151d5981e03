/** Kernels of a residual sum: features added up, and derivatives handed on. */
import { rowKernel } from '../kernel.ts';
import { ADD } from './linear.ts';

/** arena[into + i][r] = arena[added + i][r] + arena[inputs[i]][r]. */
export const sum = rowKernel({
  name: 'sum',
  integers: ['added', 'inputs', 'into'],
  body: `
  let x = arena[place(id.z, lists[call.inputs + id.y], r)];
  arena[place(id.z, call.into + id.y, r)] = arena[place(id.z, call.added + id.y, r)] + x;`,
});

/**
 * arena[target][r] = (or += where it is marked with ADD) arena[source][r], for each pair of a list: sources, then
 * targets.
 */
export const handOn = rowKernel({
  name: 'hand on',
  integers: ['pairs', 'count'],
  body: `
  let value = arena[place(id.z, lists[call.pairs + id.y], r)];
  let target_row = lists[call.pairs + call.count + id.y];
  let at = place(id.z, target_row & ${ADD - 1}u, r);
  arena[at] = value + select(0.0, arena[at], (target_row & ${ADD}u) != 0u);`,
});
