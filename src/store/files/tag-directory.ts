/** Marks directories that backups may leave out. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

const CACHEDIR_TAG = `Signature: 8a477f597d28d172789f06886806bc55
# This directory holds objects that restage can make again. See https://bford.info/cachedir/
`;

/** Does nothing to a directory that has a tag. @throws the file system's own error */
export function tagDirectory(directory: string): void {
  try {
    writeFileSync(join(directory, 'CACHEDIR.TAG'), CACHEDIR_TAG, { flag: 'wx' });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
