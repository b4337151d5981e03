/**
 * Whether a file's stat changes whenever its content does, by the file system that it lies on and by the stamps
 * themselves.
 */
import { type BigIntStats, statfsSync } from 'node:fs';
import { stampsChanges } from './file-system.ts';

const SECOND_NS = 1_000_000_000n;

export class StatTrust {
  readonly #typeOf: (path: string) => number;
  readonly #platform: NodeJS.Platform;
  /** By device: asked once for each. */
  readonly #stamps = new Map<bigint, boolean>();

  constructor(typeOf = (path: string) => statfsSync(path).type, platform = process.platform) {
    this.#typeOf = typeOf;
    this.#platform = platform;
  }

  /**
   * A time of change in whole seconds is one that was written down and not one that happened: by an image, by a layer
   * over one, by a restored backup of a disk, or by a file system that counts seconds, in which a change can go unseen.
   */
  tellsChanges(path: string, { dev, ctimeNs }: Pick<BigIntStats, 'dev' | 'ctimeNs'>): boolean {
    if (ctimeNs % SECOND_NS === 0n) return false;
    let stamps = this.#stamps.get(dev);
    if (stamps === undefined) {
      stamps = this.#ask(path);
      this.#stamps.set(dev, stamps);
    }
    return stamps;
  }

  #ask(path: string): boolean {
    try {
      return stampsChanges(this.#typeOf(path), this.#platform);
    } catch {
      return false;
    }
  }
}
