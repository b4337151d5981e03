/**
 * Where attempts can be found that outlive the process which submitted them: `<cache>/attempts/<cache key>.json`, one handle
 * a key, in the words of its executor. The holder of the key's lease writes and removes it; whoever takes the lease over
 * finds the attempt by it.
 */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { CacheKey } from '../../core/identity/digest.ts';
import { replaceFile } from '../files/temporary-files.ts';

export interface AttemptHandle {
  /** Name of the executor that has the attempt. */
  readonly executor: string;
  /** What that executor needs to find it. */
  readonly place: CanonicalValue;
}

export class AttemptHandles {
  readonly #directory: string;

  constructor(cacheDirectory: string) {
    this.#directory = join(cacheDirectory, 'attempts');
  }

  /** The handle of the attempt at this key; undefined if there is none. */
  get(key: CacheKey): AttemptHandle | undefined {
    try {
      return JSON.parse(readFileSync(this.#path(key), 'utf8')) as AttemptHandle;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }

  /** Written whole or not at all: a reader never sees half of it. */
  set(key: CacheKey, handle: AttemptHandle): void {
    replaceFile(this.#path(key), JSON.stringify(handle), 'The place of an attempt');
  }

  remove(key: CacheKey): void {
    rmSync(this.#path(key), { force: true });
  }

  #path(key: CacheKey): string {
    return join(this.#directory, `${key}.json`);
  }
}
