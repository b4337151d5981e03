/** Embeddings: each event's code looks up a row of a table, and its gradient goes back to that row. */
import { BLOCK, FEATURE } from './vector.as';

/** out[j][e] = table[codes[e]][j] for j < size; codes [blocks][32] as i32, table [cardinality][size]. */
export function lookUp(blocks: i32, codes: usize, table: usize, size: i32, out: usize, outBlock: usize): void {
  for (let block = 0; block < blocks; block++) {
    for (let event = 0; event < BLOCK; event++) {
      const row = table + ((<usize>i32.load(codes) * size) << 2);
      for (let j = 0; j < size; j++)
        f32.store(out + <usize>j * FEATURE + (<usize>event << 2), f32.load(row + (<usize>j << 2)));
      codes += 4;
    }
    out += outBlock;
  }
}

/**
 * out[c][j] = sum of d[j][e] over the events e with code c, in their order, from 0 or, if `add` is not 0, from what is there;
 * out is [cardinality][size].
 */
export function lookUpGradient(
  blocks: i32,
  codes: usize,
  cardinality: i32,
  size: i32,
  d: usize,
  dBlock: usize,
  out: usize,
  add: i32,
): void {
  if (add == 0) memory.fill(out, 0, (<usize>cardinality * size) << 2);
  for (let block = 0; block < blocks; block++) {
    for (let event = 0; event < BLOCK; event++) {
      const row = out + ((<usize>i32.load(codes) * size) << 2);
      for (let j = 0; j < size; j++) {
        const sum = row + (<usize>j << 2);
        f32.store(sum, f32.load(sum) + f32.load(d + <usize>j * FEATURE + (<usize>event << 2)));
      }
      codes += 4;
    }
    d += dBlock;
  }
}
