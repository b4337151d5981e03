/**
 * Files of the cache that are being written. Their names tell the process that writes them, so that what a dead one
 * left behind is known: `<name>.<mark of the process>-<random>.tmp`. They become what they are for by a rename.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, renameSync, statSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeDirectory } from './make-directory.ts';
import { markLiveness, processMark } from './process-owner.ts';
import { storageError } from './storage-error.ts';

const DAY_MS = 86_400_000;
/** One read or write of Linux moves less than 2 GiB, and Node refuses more. */
export const MAX_TRANSFER = 1 << 30;
const ENDING = '.tmp';

/** Where the new content of this file is written first. */
export function temporaryPath(path: string): string {
  return `${path}.${processMark()}-${randomBytes(6).toString('hex')}${ENDING}`;
}

/**
 * Replaces a file of the cache, whole or not at all, and makes its directory if need be.
 * @param what what it holds, as the subject of a sentence
 * @throws CacheError
 */
export function replaceFile(path: string, content: string | Uint8Array, what: string): void {
  const temporary = temporaryPath(path);
  try {
    try {
      writeFileSync(temporary, content);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
      makeDirectory(dirname(path));
      writeFileSync(temporary, content);
    }
    renameSync(temporary, path);
  } catch (error) {
    discard(temporary);
    throw storageError(error, what, dirname(path));
  }
}

/**
 * Writes the bytes to a new file that nobody may change; returns its path. `makeDirectories` is called if the directory
 * is missing.
 * @throws the file system's own error
 */
export function writeTemporary(directory: string, chunks: readonly Uint8Array[], makeDirectories: () => void): string {
  const path = temporaryPath(join(directory, 'object'));
  const file = openNew(path, makeDirectories);
  try {
    for (const chunk of chunks) {
      for (let offset = 0; offset < chunk.byteLength;)
        offset += writeSync(file, chunk, offset, Math.min(chunk.byteLength - offset, MAX_TRANSFER));
    }
  } catch (error) {
    discard(path);
    throw error;
  } finally {
    closeSync(file);
  }
  return path;
}

/** The temporary files of a directory that nobody writes any more: of dead processes, or of unknown ones for a day. */
export function abandonedIn(directory: string, now: number): readonly string[] {
  return temporariesIn(directory).filter((path) => {
    const stat = statSync(path, { throwIfNoEntry: false });
    return stat !== undefined && isAbandoned(path, stat.mtimeMs, now);
  });
}

export function temporariesIn(directory: string): readonly string[] {
  return namesIn(directory)
    .filter((name) => name.endsWith(ENDING))
    .map((name) => join(directory, name));
}

/** Removes a temporary file as far as possible. */
export function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The next clean-up removes it.
  }
}

/** The names in a directory of the cache; none if it is missing. */
export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function isAbandoned(path: string, changedAt: number, now: number): boolean {
  const mark = /\.((?:[0-9a-f]{8}-){2}\d+-\w+)-[0-9a-f]+\.tmp$/.exec(path)?.[1];
  const known = mark === undefined ? 'unknown' : markLiveness(mark);
  return known === 'dead' || (known === 'unknown' && now - changedAt > DAY_MS);
}

/** Opens a new file that nobody may change. @throws the file system's own error */
export function openNew(path: string, makeDirectories: () => void): number {
  // Read-only from the start: the mode binds later openings, not this one. A narrower umask of the user's is kept.
  try {
    return openSync(path, 'wx', 0o444);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  makeDirectories();
  return openSync(path, 'wx', 0o444);
}
