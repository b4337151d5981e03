/** Keeps a cache within the size that its project allows (`cache.maxBytes`), at the end of a run that executed something. */
import { CacheInUseError } from '../errors.ts';
import type { Cache } from '../store/cache.ts';

/**
 * What it did, in a sentence for the listeners of the run; undefined if the objects are within the limit, or another process
 * uses their bytes: then that one does it when it ends.
 */
export async function keepWithin({ directory, query }: Cache, maxBytes: number): Promise<string | undefined> {
  if (query.evictions.bytesLeft() <= maxBytes) return undefined;
  const { collect, KEEP_RUNS } = await import('../store/upkeep/gc/collect.ts');
  try {
    const { evicted, before, after } = collect(directory, { keepRuns: KEEP_RUNS, maxBytes, dryRun: false });
    const freed = before.bytes - after.bytes;
    const over =
      after.bytes > maxBytes ? '; what stays is kept, and more than that: "restage gc --dry-run" says by what' : '';
    if (freed === 0 && over === '') return undefined;
    const states = evicted.length === 1 ? '1 state' : `${evicted.length} states`;
    return `The objects of the cache took more than the ${mebibytes(maxBytes)} of cache.maxBytes: ${mebibytes(freed)} of ${states} were evicted${over}.`;
  } catch (error) {
    if (error instanceof CacheInUseError) return undefined;
    throw error;
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
