/** Makes directories of the cache, with the errno that mkdir itself gives. */
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Makes the directory and all above it that are missing; accepts what is there. One level after the other: `mkdirSync`
 * with `recursive` says ENOENT on a read-only file system, and never returns on one that says ENOENT itself, as /proc
 * does.
 * @throws the file system's own error
 */
export function makeDirectory(directory: string): void {
  if (existsSync(directory) && statSync(directory).isDirectory()) return;
  const parent = dirname(directory);
  if (parent !== directory) makeDirectory(parent);
  try {
    mkdirSync(directory);
  } catch (error) {
    // Another process may have made it just now.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(directory).isDirectory()) throw error;
  }
}
