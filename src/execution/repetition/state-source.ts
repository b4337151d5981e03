/** Where states may be that this cache lacks, or whose bytes it lacks: asked about each node that would be executed. */
import type { CacheKey } from '../../core/identity/digest.ts';

export interface StateSource {
  /** As it is told and recorded. */
  readonly name: string;
  /** Whether it may have the state. */
  has(key: CacheKey): boolean;
  /** Whether the state is on record here now, with all of its bytes: it came from there. @throws CacheError */
  take(key: CacheKey): Promise<boolean>;
}
