/**
 * Digests of the remote files that this process has read, each trusted as long as the file's stat stays the same: a file of
 * many megabytes may be an input of a hundred nodes.
 */
import { type BigIntStats, statSync } from 'node:fs';
import type { Digest } from '../../core/identity/digest.ts';
import { hashFile } from '../../store/files/hash-file.ts';

/** As for the memos of a cache: shortly after a change, another one need not show in the stat. */
const RACY_MS = 2000;

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
    const isSettled = changedAt(before) < this.#now() - RACY_MS;
    const digest = await this.#hash(path);
    if (isSettled) this.#known.set(path, { stat, digest });
    else this.#known.delete(path);
    return digest;
  }
}

/** Milliseconds since the epoch. */
function changedAt({ mtimeNs, ctimeNs }: BigIntStats): number {
  return Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n);
}

/** Of this process. */
export const verifiedFiles = new VerifiedFiles();
