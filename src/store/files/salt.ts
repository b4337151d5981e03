/**
 * The salt of a cache: random bytes in a file of their own, which only the user may read. Digests of secrets are made
 * with it, so that nobody who has the database alone can try out what they may be the digests of.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CacheError } from '../../errors.ts';
import { storageError } from './storage-error.ts';
import { discard, temporaryPath } from './temporary-files.ts';

const NAME = 'secret-salt';
const BYTES = 32;

/** Makes it where there is none. @throws CacheError */
export function saltOf(cacheDirectory: string): Buffer {
  const path = join(cacheDirectory, NAME);
  const salt = read(path) ?? made(path);
  if (salt.length !== BYTES)
    throw new CacheError(
      `The file ${path} does not hold the ${BYTES} bytes that digests of secrets are made with; put it back, or remove it, and stages with secrets run again.`,
    );
  return salt;
}

/** Whether anything in this cache was ever secret. */
export function hasSalt(cacheDirectory: string): boolean {
  return existsSync(join(cacheDirectory, NAME));
}

/**
 * Copies the salt of one cache to another, if there is one: without it no state with a secret would be found again.
 * @throws CacheError
 */
export function copySalt(from: string, to: string): void {
  const salt = read(join(from, NAME));
  if (salt === undefined) return;
  const temporary = temporaryPath(join(to, NAME));
  try {
    writeFileSync(temporary, salt, { mode: 0o600, flag: 'wx' });
    renameSync(temporary, join(to, NAME));
  } catch (error) {
    throw storageError(error, 'The salt of the cache', to);
  } finally {
    discard(temporary);
  }
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw storageError(error, 'The salt of the cache', path);
  }
}

/** Of two processes that make it at once, one wins, and both get its salt. */
function made(path: string): Buffer {
  const temporary = temporaryPath(path);
  try {
    writeFileSync(temporary, randomBytes(BYTES), { mode: 0o600, flag: 'wx' });
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw storageError(error, 'The salt of the cache', path);
  } finally {
    discard(temporary);
  }
  return readFileSync(path);
}
