/** Brings files and directory entries to the disk, several at a time. */
import { open } from 'node:fs/promises';

const AT_ONCE = 8;

/** @throws the file system's own error */
export async function syncPaths(paths: readonly string[]): Promise<void> {
  const rest = paths.values();
  const lane = async (): Promise<void> => {
    for (const path of rest) await syncPath(path);
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, paths.length) }, lane));
}

async function syncPath(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
