/** The traces of a run with `--trace`: a file for each state that is made, and an artifact of the state once it is. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CacheKey } from '../core/identity/digest.ts';
import type { Cache } from '../store/cache.ts';
import { makeDirectory } from '../store/files/make-directory.ts';
import { discard, temporaryPath } from '../store/files/temporary-files.ts';

export class RunTraces {
  readonly #cache: Cache;
  readonly #made: CacheKey[] = [];
  readonly #files = new Map<CacheKey, string>();

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  /** Where the attempts at a state write. The last one counts. */
  readonly fileOf = (state: CacheKey): string => {
    let file = this.#files.get(state);
    if (file === undefined) {
      file = temporaryPath(join(this.#cache.directory, 'tmp', 'trace'));
      makeDirectory(dirname(file));
      this.#files.set(state, file);
    }
    return file;
  };

  /** An attempt at the state has succeeded. */
  made(state: CacheKey): void {
    this.#made.push(state);
  }

  /** At the end of the run, when all states are on record. @throws CacheError */
  keep(): void {
    for (const state of this.#made) {
      const file = this.#files.get(state);
      const content = file === undefined ? new Uint8Array() : readFileSync(file);
      // Of a stage that traces nothing there is nothing to keep.
      if (content.byteLength > 0) this.#cache.record.traces.add(state, content);
    }
    this.close();
  }

  close(): void {
    for (const file of this.#files.values()) discard(file);
    this.#files.clear();
  }
}
