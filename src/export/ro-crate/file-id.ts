/** The `@id` of content in a crate. */
import type { Digest } from '../../core/identity/digest.ts';
import { contentUri, iriPart } from '../identifiers.ts';

/** Its path in the crate, percent-encoded; its address by digest where the crate does not hold it. */
export function fileId(digest: Digest, pathOf: (digest: Digest) => string | undefined): string {
  const path = pathOf(digest);
  return path === undefined ? contentUri(digest) : path.split('/').map(iriPart).join('/');
}
