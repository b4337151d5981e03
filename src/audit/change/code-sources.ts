/** The sources of a stage's code as they were, from the cache. */
import type { Digest } from '../../core/identity/digest.ts';
import { UsageError } from '../../errors.ts';
import type { Cache } from '../../store/cache.ts';

/**
 * Text by path, which is relative to the project; in the order of the paths.
 * @throws UsageError for code that is not on record
 * @throws ArtifactCorruptError where a text is lost
 */
export function codeSources(cache: Cache, digest: Digest): ReadonlyMap<string, string> {
  const code = cache.query.codes.origin(digest);
  if (code === undefined) throw new UsageError(`There is no code ${digest} on record.`);
  return new Map(code.sources.map(({ path, digest: source }) => [path, textOf(cache, source)]));
}

function textOf(cache: Cache, digest: Digest): string {
  return Buffer.from(cache.read(cache.query.prefixes.artifacts(digest, 1)[0]!)).toString();
}
