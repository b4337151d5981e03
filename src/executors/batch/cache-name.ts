/** The name by which a batch system knows the jobs of a cache, whichever run has submitted them. */
import { realpathSync } from 'node:fs';
import { sha256 } from '../../core/identity/digest.ts';

/** The same by whatever links the cache is reached. */
export function cacheName(cacheDirectory: string): string {
  return `restage-${sha256(realpathSync(cacheDirectory)).slice(0, 10)}`;
}
