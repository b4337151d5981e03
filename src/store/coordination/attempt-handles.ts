/**
 * Where attempts can be found that outlive the process which submitted them: `<cache>/attempts/<cache key>.json`, one
 * handle a key, in the words of its executor. The holder of the key's lease writes and removes it; whoever takes the
 * lease over finds the attempt by it.
 */
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import type { Diagnostic } from '../../core/diagnostics/diagnostic.ts';
import { type CacheKey, type Digest, isDigest } from '../../core/identity/digest.ts';
import { namesIn, replaceFile } from '../files/temporary-files.ts';

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

  /** The keys of all attempts that can be found. */
  keys(): readonly CacheKey[] {
    return namesIn(this.#directory)
      .filter((name) => name.endsWith('.json'))
      .map((name) => name.slice(0, -'.json'.length))
      .filter((name): name is Digest & CacheKey => isDigest(name));
  }

  #path(key: CacheKey): string {
    return join(this.#directory, `${key}.json`);
  }
}

/** A run that has not come back for an attempt in this time never does. */
const FORGOTTEN_MS = 30 * 86_400_000;

/** What the database knows of a key. */
export interface KeyFacts {
  /** Its state is on record. */
  readonly isMade: (key: string) => boolean;
  /** Somebody who may be alive is making its state. */
  readonly isLeased: (key: string) => boolean;
}

/**
 * What `fsck` finds among the handles: those that no run will ask for. Any other one is not a leftover, whoever
 * submitted the attempt may be gone: the next run that wants its state takes the attempt over.
 */
export function* handleDiagnostics(
  cacheDirectory: string,
  { isMade, isLeased }: KeyFacts,
  repair: boolean,
  now: number,
): Generator<Diagnostic> {
  const directory = join(cacheDirectory, 'attempts');
  for (const name of namesIn(directory)) {
    if (!name.endsWith('.json')) continue;
    const path = join(directory, name);
    const key = name.slice(0, -'.json'.length);
    if (isLeased(key)) continue;
    const age = now - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? now);
    const why = !isHandle(path, key)
      ? 'it is not the place of an attempt'
      : isMade(key)
        ? 'its state is on record'
        : age > FORGOTTEN_MS
          ? 'no run has come back for it in 30 days'
          : undefined;
    if (why === undefined) continue;
    if (repair) rmSync(path, { force: true });
    const remedy = repair ? 'it was removed' : '"restage fsck --repair" removes it';
    const text = `Nobody waits for the attempt that ${path} leads to, since ${why}; ${remedy}.`;
    yield { kind: 'temporary', damage: false, text, repaired: repair };
  }
}

function isHandle(path: string, key: string): boolean {
  try {
    const handle = JSON.parse(readFileSync(path, 'utf8')) as Partial<AttemptHandle> | null;
    return isDigest(key) && typeof handle?.executor === 'string' && handle.place !== undefined;
  } catch {
    return false;
  }
}
