/**
 * What executions of `verify` put into the object store. Nothing of the record refers to it, so it is removed once it was
 * compared, unless it is on record as well: the verdict has the differences, and the state can be executed again.
 */
import { statSync } from 'node:fs';
import type { Output } from '../../core/artifact/artifact.ts';
import type { Cache } from '../../store/cache.ts';

export class RemadeOutputs {
  readonly #cache: Cache;
  /** Milliseconds since 1970: before the first execution. An older object is not of these executions. */
  readonly #since = Date.now();
  readonly #outputs: Output[] = [];

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  add(outputs: readonly Output[]): void {
    this.#outputs.push(...outputs);
  }

  /** @throws CacheError */
  async discard(): Promise<void> {
    const { objects, query, record } = this.#cache;
    // A run of this process may have made the same bytes, and not recorded them yet.
    await record.flush();
    for (const { digest, inline } of this.#outputs) {
      if (inline !== null || query.lineage.isOnRecord(digest)) continue;
      const written = statSync(objects.path(digest), { throwIfNoEntry: false })?.mtimeMs;
      if (written !== undefined && written >= this.#since) objects.remove(digest);
    }
  }
}
