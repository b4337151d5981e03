/** Digests of bytes, as branded hex strings so that one kind cannot be passed for another. */
import { createHash } from 'node:crypto';

declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]: Name };

/** SHA-256 as 64 lower-case hex digits. */
export type Digest = Branded<'Digest'>;
/** Identifies a state: the digest of its named fields, inputs by content. */
export type CacheKey = Branded<'CacheKey'>;
/** Names a state before anything has run: like the cache key, but with inputs by plan key. */
export type PlanKey = Branded<'PlanKey'>;

export function sha256(...chunks: readonly (Uint8Array | string)[]): Digest {
  const hash = createHash('sha256');
  for (const chunk of chunks) hash.update(chunk);
  return hash.digest('hex') as Digest;
}

export function isDigest(text: string): text is Digest {
  return /^[0-9a-f]{64}$/.test(text);
}

/** How digests are shown: 8 characters; any unambiguous prefix is accepted back. */
export function short(digest: string): string {
  return digest.slice(0, 8);
}
