/** A file that another host appends to, read from where the last look ended. */
import { closeSync, openSync, readSync } from 'node:fs';

/** One for all files: pieces are copies. */
const chunk = Buffer.allocUnsafe(1 << 20);

export class GrowingFile {
  readonly #path: string;
  #at = 0;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * What was appended since the last look. The file is opened again for each look: NFS asks the server for new bytes
   * when a file is opened, and not while it stays open.
   */
  *more(): Generator<Buffer> {
    let file: number;
    try {
      file = openSync(this.#path, 'r');
    } catch {
      // Not visible here yet, or no longer: the next look may find it, and the result does not depend on it.
      return;
    }
    try {
      for (;;) {
        const count = readSync(file, chunk, 0, chunk.length, this.#at);
        if (count === 0) return;
        this.#at += count;
        // A copy: what is kept of it must not keep the whole chunk.
        yield Buffer.from(chunk.subarray(0, count));
      }
    } finally {
      closeSync(file);
    }
  }
}
