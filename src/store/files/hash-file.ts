/** SHA-256 of a file of any size, streamed. */
import { createHash } from 'node:crypto';
import { closeSync, createReadStream, openSync, readSync } from 'node:fs';
import type { Digest } from '../../core/identity/digest.ts';

/** @throws the file system's own error */
export async function hashFile(path: string): Promise<Digest> {
  // Streams take Node a millisecond to load, and few commands hash a large file.
  const { pipeline } = await import('node:stream/promises');
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20 }), hash);
  return hash.digest('hex') as Digest;
}

/** While the caller waits; undefined where the file cannot be read to its end. */
export function hashFileNow(path: string): Digest | undefined {
  try {
    return hashFileInPieces(path);
  } catch {
    return undefined;
  }
}

const PIECE = 1 << 16;

/** While the caller waits. @throws the file system's own error */
export function hashFileInPieces(path: string): Digest {
  const hash = createHash('sha256');
  const file = openSync(path, 'r');
  try {
    const buffer = Buffer.allocUnsafe(PIECE);
    for (let count = -1; count !== 0;) {
      count = readSync(file, buffer, 0, buffer.length, null);
      hash.update(buffer.subarray(0, count));
    }
    return hash.digest('hex') as Digest;
  } finally {
    closeSync(file);
  }
}
