/** Writing a file that the user named with -o. */
import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { writeRefusal } from '../../core/diagnostics/system-refusal.ts';
import { UsageError } from '../../errors.ts';
import type { Io } from '../io/io.ts';

/**
 * Writes a regular file completely or not at all: under a temporary name first. Writes a device or a pipe directly.
 * @throws UsageError, OutputClosedError
 */
export function writeOutputFile(io: Io, file: string, content: Uint8Array | string): void {
  if (file === '/dev/stdout') {
    // Opening it again would wait for a new reader if the old one has gone.
    io.writeOut(content);
    return;
  }
  const path = resolve(io.cwd, file);
  const plain = statSync(path, { throwIfNoEntry: false })?.isFile() ?? true;
  const temporary = plain ? `${path}.${process.pid}.tmp` : path;
  try {
    writeFileSync(temporary, content);
    if (plain) renameSync(temporary, path);
  } catch (cause) {
    if (plain) rmSync(temporary, { force: true });
    throw new UsageError(`${file} cannot be written: ${writeRefusal(cause)}.`, { cause });
  }
}
