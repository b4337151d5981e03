/** Files by which processes on several hosts tell each other something, in a directory that may be on NFS. */
import { closeSync, fsyncSync, linkSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { discard, temporaryPath } from './temporary-files.ts';

/** Writes a file that is there for good, and on the disk. False if it was there: then it stays as it is. */
export function writeOnce(path: string, bytes: Uint8Array): boolean {
  const isFirst = linkOnce(path, bytes, true);
  if (isFirst) syncDirectory(dirname(path));
  return isFirst;
}

/**
 * As `writeOnce`, for a file that may be gone when the machine that keeps it loses power: who needs it is gone then
 * too.
 */
export function markOnce(path: string, bytes: Uint8Array): boolean {
  return linkOnce(path, bytes, false);
}

function linkOnce(path: string, bytes: Uint8Array, flush: boolean): boolean {
  const temporary = temporaryPath(path);
  try {
    writeFileSync(temporary, bytes, { flag: 'wx', mode: 0o600, flush });
    return isLinked(temporary, path);
  } finally {
    discard(temporary);
  }
}

/** The bytes of a file; undefined if it is not there. */
export function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** ESTALE: another host has removed the file, and this one still had its handle. */
export function isMissing(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ESTALE';
}

function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    // A request to an NFS server that was repeated is answered so, too, where the first one made the link.
    return statSync(from).nlink > 1;
  }
}

function syncDirectory(path: string): void {
  const directory = openSync(path, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
