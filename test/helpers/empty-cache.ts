/**
 * A cache without anything in it, put into a directory as a file: a new one applies every migration, which takes
 * longer than most tests. Tests about making a cache do not use it.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Cache } from '../../src/store/cache.ts';

const DATABASE = 'state.db';
let bytes: Buffer | undefined;

/** Opens the cache of a directory, which starts empty if there is none. */
export function openEmptyCache(directory: string, now?: () => number): Cache {
  const path = join(directory, DATABASE);
  if (!existsSync(path)) {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path, (bytes ??= newBytes()));
  }
  return Cache.open(directory, now);
}

function newBytes(): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'restage-empty-'));
  try {
    Cache.open(directory).close();
    return readFileSync(join(directory, DATABASE));
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
