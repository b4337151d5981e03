/** The digest of a stage's code: the field `code` of its keys. */
import { type Digest, sha256 } from '../../../core/identity/digest.ts';

/** @param text canonical, as a linker of ours wrote it */
export function codeDigest(text: string): Digest {
  return sha256('restage/code/v1\0', text);
}
