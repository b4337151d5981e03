/** The codec of files that restage did not make: it exists to be wired, and neither encodes nor decodes. */
import type { Digest } from '../../identity/digest.ts';
import type { Codec } from '../codec.ts';

/** An external file, as a stage sees it. Its identity is its content; its path is not part of any key. */
export interface ExternalFile {
  readonly path: string;
  readonly bytes: number;
  readonly digest: Digest;
}

/**
 * Declares an input that is a file which restage did not make; wire it with `externalFile(path)` or
 * `remoteFile({...})`. A file of the user's is hashed before anything runs; either kind is hashed again after the
 * stage.
 */
export function file(): Codec<'file', ExternalFile> {
  const refuse = (): never => {
    throw new Error('internal error: an external file is neither encoded nor decoded');
  };
  return { kind: 'file', encode: refuse, decode: refuse };
}
