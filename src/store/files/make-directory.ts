/** Makes directories of the cache, with the errno that mkdir itself gives. */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes the directory and all above it that are missing; is content with what is there. */
export function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    // Node says this of a read-only file system, too; one directory by itself gives the real cause, which users are told.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const parent = dirname(directory);
    if (!existsSync(parent)) makeDirectory(parent);
    mkdirSync(directory);
  }
}
