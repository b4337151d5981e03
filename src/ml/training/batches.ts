/** The order in which a pass over the data takes its rows. */
import type { Random } from '../../core/identity/random.ts';

/**
 * Shuffles the rows 0 to `rows - 1` and yields them in batches of exactly `batchSize`; the remaining rows are dropped.
 * Each batch is a view of one array, made when the first batch is asked for.
 */
export function* shuffledBatches(rows: number, batchSize: number, random: Random): Generator<Uint32Array, void> {
  const order = random.shuffle(Uint32Array.from({ length: rows }, (_, i) => i));
  for (let start = 0; start + batchSize <= rows; start += batchSize) yield order.subarray(start, start + batchSize);
}
