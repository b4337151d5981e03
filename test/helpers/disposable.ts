/** Temporary directories that are gone after a file's tests; `clean-up.ts`, which every file runs, removes them. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const made: string[] = [];

export function disposableDirectory(prefix: string): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), prefix)));
  made.push(directory);
  return directory;
}

export function removeDisposables(): void {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
}
