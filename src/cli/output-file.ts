/** Writing a file that the user named with -o. */
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';
import { writeOutBytes } from './output.ts';

/** Whole or not at all, under a name of its own first; a device or a pipe is written as it is. @throws UsageError, OutputClosedError */
export function writeOutputFile(file: string, content: Uint8Array | string): void {
  if (file === '/dev/stdout') {
    // Opening it again would wait for a reader, where the one that there was has gone.
    writeOutBytes(Buffer.from(content));
    return;
  }
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
