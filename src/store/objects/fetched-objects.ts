/** Objects that come from elsewhere, such as an archive: each becomes a file of a directory when it is asked for. */
import { existsSync } from 'node:fs';
import { type Digest, short } from '../../core/identity/digest.ts';
import { CacheError } from '../../errors.ts';
import { replaceFile } from '../files/temporary-files.ts';
import { ObjectStore } from './object-store.ts';

/** Where objects come from. */
export interface ObjectSource {
  /** How it is called in sentences. */
  readonly name: string;
  readonly has: (digest: Digest) => boolean;
  /** Verified. @throws RestageError */
  readonly read: (digest: Digest) => Uint8Array;
}

export class FetchedObjects extends ObjectStore {
  readonly #source: ObjectSource;

  /** @param directory for the files, of the caller's own */
  constructor(directory: string, source: ObjectSource) {
    super(directory);
    this.#source = source;
  }

  override path(digest: Digest): string {
    const path = super.path(digest);
    if (!existsSync(path) && this.#source.has(digest)) replaceFile(path, this.#source.read(digest), 'An artifact');
    return path;
  }

  override read(digest: Digest, bytes: number, options?: { readonly verify?: boolean }): Uint8Array {
    if (this.#source.has(digest)) return super.read(digest, bytes, options);
    throw new CacheError(
      `${this.#source.name} does not hold the bytes of the artifact ${short(digest)}, only their digest; ask for a bundle that was made with --outputs.`,
    );
  }
}
