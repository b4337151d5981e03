/** Writing a file that the user named with -o. */
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';

/** Whole or not at all, under a name of its own first; a device or a pipe is written as it is. @throws UsageError */
export function writeOutputFile(file: string, content: Uint8Array | string): void {
  const plain = statSync(file, { throwIfNoEntry: false })?.isFile() ?? true;
  const temporary = plain ? `${file}.${process.pid}.tmp` : file;
  try {
    writeFileSync(temporary, content);
    if (plain) renameSync(temporary, file);
  } catch (cause) {
    if (plain) rmSync(temporary, { force: true });
    throw new UsageError(`${file} cannot be written: ${(cause as Error).message}.`, { cause });
  }
}
