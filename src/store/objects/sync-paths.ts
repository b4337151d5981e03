/** Brings files and directory entries to the disk, several at a time. */
import type { FileHandle } from 'node:fs/promises';

const AT_ONCE = 8;

/** @throws the file system's own error */
export async function syncPaths(paths: readonly string[]): Promise<void> {
  // A process that only looks does not load it.
  const { open } = await import('node:fs/promises');
  const rest = paths.values();
  const lane = async (): Promise<void> => {
    for (const path of rest) await syncFile(await open(path, 'r'));
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, paths.length) }, lane));
}

async function syncFile(file: FileHandle): Promise<void> {
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
