/** Finding states, artifacts and code by the first hex digits of their digests, as people type them. */
import type { Artifact } from '../../core/artifact/artifact.ts';
import type { CacheKey, Digest } from '../../core/identity/digest.ts';
import { boundsOf } from '../database/blobs.ts';
import type { Queries } from '../database/statements.ts';

export interface ArtifactRecord extends Artifact {
  readonly place: 'inline' | 'object' | 'external';
}

export class PrefixReader {
  readonly #queries: Queries;

  constructor(queries: Queries) {
    this.#queries = queries;
  }

  /** States whose key starts with these hex digits: at most `limit`. */
  states(prefix: string, limit = 10): readonly { readonly id: number; readonly key: CacheKey }[] {
    return this.#queries.all(
      'SELECT id, lower(hex(key)) AS key FROM state WHERE key BETWEEN ? AND ? ORDER BY key LIMIT ?',
      ...boundsOf(prefix),
      limit,
    );
  }

  codes(prefix: string, limit = 10): readonly { readonly digest: Digest; readonly stage: string }[] {
    return this.#queries.all(
      `SELECT lower(hex(c.digest)) AS digest, n.text AS stage FROM code c JOIN name n ON n.id = c.stage
       WHERE c.digest BETWEEN ? AND ? ORDER BY c.digest LIMIT ?`,
      ...boundsOf(prefix),
      limit,
    );
  }

  artifacts(prefix: string, limit = 10): readonly ArtifactRecord[] {
    return this.#queries.all(
      `SELECT lower(hex(digest)) AS digest, bytes, place, content AS inline FROM artifact
       WHERE digest BETWEEN ? AND ? ORDER BY digest LIMIT ?`,
      ...boundsOf(prefix),
      limit,
    );
  }
}
