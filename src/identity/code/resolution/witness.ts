/**
 * What a result of bundling was read from. The result holds as long as every path is in the state that was seen: a
 * file's content, a link's target, and also that something was not there.
 */
import type { Digest } from '../../../core/identity/digest.ts';

export type PathState =
  /** A file with this content. */
  | Digest
  /** No file, where a file would take precedence over the one that was found. */
  | null
  /** What the path leads to when links are followed; null if nothing. */
  | { readonly real: string | null }
  /** A directory with these names: see `namesDigest`. */
  | { readonly names: Digest };

export type Witness = readonly [path: string, state: PathState];

/** Collects what was seen. The first sight of a path counts, since results may rest on it. */
export class Witnesses {
  readonly #seen = new Map<string, Witness>();

  note(path: string, state: PathState): void {
    // A directory may count both for where it lies and for its names.
    const kind = typeof state === 'object' && state !== null ? ('real' in state ? 'real' : 'names') : 'file';
    const key = `${kind}\0${path}`;
    if (!this.#seen.has(key)) this.#seen.set(key, [path, state]);
  }

  has(path: string, kind: 'real' | 'names' | 'file'): boolean {
    return this.#seen.has(`${kind}\0${path}`);
  }

  /** Sorted by path. */
  list(): readonly Witness[] {
    return [...this.#seen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, witness]) => witness);
  }
}
