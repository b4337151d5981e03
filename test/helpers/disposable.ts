/** Temporary directories that are gone after a file's tests. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEachFile } from './after-file.ts';

const made: string[] = [];

export function disposableDirectory(prefix: string): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  made.push(directory);
  return directory;
}

afterEachFile(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});
