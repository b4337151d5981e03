/** Reading which bytes were evicted. A row says why a file is not there, so ask only about one that is not. */
import type { Digest } from '../../core/identity/digest.ts';
import { blobOf } from '../database/blobs.ts';
import type { Queries } from '../database/statements.ts';

export class EvictionReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** When "restage gc" evicted the bytes, in milliseconds since 1970; undefined if it did not. */
  at(digest: Digest): number | undefined {
    return this.#queries.get<{ at: number }>(
      'SELECT e.at FROM artifact a JOIN eviction e ON e.artifact = a.id WHERE a.digest = ?',
      blobOf(digest),
    )?.at;
  }

  /** How many bytes the objects on record take without those that were evicted. */
  bytesLeft(): number {
    return this.#queries.get<{ bytes: number }>(
      `SELECT coalesce(sum(bytes), 0) AS bytes FROM artifact
       WHERE place = 'object' AND id NOT IN (SELECT artifact FROM eviction)`,
    )!.bytes;
  }
}
