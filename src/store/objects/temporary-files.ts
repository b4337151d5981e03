/** Files of the object store that are being written: `<cache>/tmp/<host>-<pid>-<random>.tmp`. */
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readdirSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../core/identity/digest.ts';

const DAY_MS = 86_400_000;
/** One read or write of Linux moves less than 2 GiB, and Node refuses more. */
export const MAX_TRANSFER = 1 << 30;

/**
 * Writes the bytes to a new file; returns its path. `makeDirectories` is called if the directory is missing.
 * @throws the file system's own error
 */
export function writeTemporary(directory: string, chunks: readonly Uint8Array[], makeDirectories: () => void): string {
  const path = join(directory, temporaryName());
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

/** Removes files that nobody writes any more, of dead processes or older than a day; returns how many. */
export function removeStaleTemporaries(directory: string, now: number): number {
  let removed = 0;
  for (const name of namesIn(directory)) {
    if (!name.endsWith('.tmp')) continue;
    const path = join(directory, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat === undefined || !(now - stat.mtimeMs > DAY_MS || isOrphan(name))) continue;
    discard(path);
    removed++;
  }
  return removed;
}

/** Removes a temporary file as far as possible. */
export function discard(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // The next clean-up removes it.
  }
}

/** The names in a directory of the store; none if it is missing. */
export function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function openNew(path: string, makeDirectories: () => void): number {
  // Read-only from the start: the mode binds later openings, not this one. A narrower umask of the user's is kept.
  try {
    return openSync(path, 'wx', 0o444);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  makeDirectories();
  return openSync(path, 'wx', 0o444);
}

/** Names host and process, so that what a dead one left behind is known. */
function temporaryName(): string {
  return `${sha256(hostname()).slice(0, 8)}-${process.pid}-${randomBytes(6).toString('hex')}.tmp`;
}

function isOrphan(name: string): boolean {
  const [host, pid] = name.split('-');
  if (host !== sha256(hostname()).slice(0, 8)) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
