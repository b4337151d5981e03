/**
 * Files that `get` wrote in another form than the cache has, as CSV or Parquet: by the digest of such a file one finds
 * the table that it was made from. The latest few hundred are remembered.
 */
import { type Digest, sha256 } from '../../core/identity/digest.ts';
import type { Cache } from '../../store/cache.ts';

const EXPORTED_MEMO = 'exported';

/** Remembers that these bytes were made from that artifact. */
export function rememberExported({ memos }: Cache, content: Uint8Array, artifact: Digest): void {
  memos.set(keyOf(sha256(content)), EXPORTED_MEMO, Buffer.from(artifact, 'hex'));
}

/** The artifact that a file with this digest was made from; undefined if none is remembered. */
export function exportedArtifact({ memos }: Cache, digest: Digest): Digest | undefined {
  return memos.get(keyOf(digest))?.toString('hex') as Digest | undefined;
}

function keyOf(digest: Digest): Digest {
  return sha256('restage/exported/v1\0', digest);
}
