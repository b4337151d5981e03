/** Features of a batch from one place to another. */
import { FEATURE, load, store, VECTOR } from './vector.as';

/** to = from, or, if `add` is not 0, to = to + from, for arrays [blocks][rows][32]. */
export function move(
  blocks: i32, from: usize, fromBlock: usize, to: usize, toBlock: usize, rows: i32, add: i32,
): void {
  const bytes = <usize>rows * FEATURE;
  for (let block = 0; block < blocks; block++) {
    if (add == 0) memory.copy(to, from, bytes);
    else
      for (let at: usize = 0; at < bytes; at += VECTOR) store(to + at, f32x4.add(load(to + at), load(from + at)));
    from += fromBlock;
    to += toBlock;
  }
}
