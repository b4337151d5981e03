/**
 * Digests of the remote files that this process has read. Each is trusted as long as the file's stat is unchanged: a
 * file of many megabytes may be an input of a hundred nodes.
 */
import { statSync } from 'node:fs';
import type { Digest } from '../../core/identity/digest.ts';
import { hashFile } from '../../store/files/hash-file.ts';
import { isSettled } from '../../store/files/settled.ts';

export class VerifiedFiles {
  readonly #hash: (path: string) => Promise<Digest>;
  readonly #now: () => number;
  readonly #known = new Map<string, { readonly stat: string; readonly digest: Digest }>();

  constructor(hash = hashFile, now = Date.now) {
    this.#hash = hash;
    this.#now = now;
  }

  /** @throws the file system's own error */
  async digest(path: string): Promise<Digest> {
    const before = statSync(path, { bigint: true });
    const stat = [before.dev, before.ino, before.size, before.mtimeNs, before.ctimeNs].join('/');
    const known = this.#known.get(path);
    if (known?.stat === stat) return known.digest;
    const readAt = this.#now();
    const digest = await this.#hash(path);
    if (isSettled(before, readAt)) this.#known.set(path, { stat, digest });
    else this.#known.delete(path);
    return digest;
  }
}

/** Shared by all of this process. */
export const verifiedFiles = new VerifiedFiles();
