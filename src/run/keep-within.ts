/**
 * Keeps a cache within the size that its project allows (`cache.maxBytes`), at the end of a run that executed
 * something.
 */
import { CacheError, CacheInUseError } from '../errors.ts';
import type { Cache } from '../store/cache.ts';

/**
 * What it did, or why it could not, in a sentence for the listeners of the run, which has all that it made; undefined
 * if the objects are within the limit, or another process uses their bytes: then that one does it when it ends.
 */
export async function keepWithin({ directory, query }: Cache, maxBytes: number): Promise<string | undefined> {
  if (query.evictions.bytesLeft() <= maxBytes) return undefined;
  const { collect, KEEP_RUNS } = await import('../store/upkeep/gc/collect.ts');
  try {
    const { evicted, before, after } = collect(directory, { keepRuns: KEEP_RUNS, maxBytes, dryRun: false });
    const freed = before.bytes - after.bytes;
    const isOver = after.bytes > maxBytes;
    if (freed === 0 && !isOver) return undefined;
    const head = `The objects of the cache take more than the ${mebibytes(maxBytes)} of cache.maxBytes`;
    if (freed === 0) return `${head}, and all of them are kept; "restage gc --dry-run" says why.`;
    const states = evicted.length === 1 ? '1 state' : `${evicted.length} states`;
    const more = isOver ? ', and what stays is kept ("restage gc --dry-run" says why)' : '';
    return `${head}: ${mebibytes(freed)} of ${states} were evicted${more}.`;
  } catch (error) {
    if (error instanceof CacheInUseError) return undefined;
    if (error instanceof CacheError) return `The cache was not brought within cache.maxBytes. ${error.message}`;
    throw error;
  }
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
