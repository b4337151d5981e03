/**
 * Bytes of a text file, plain or gzip-compressed, as a stream of chunks. It decides by the first bytes, not by the
 * name, and turns what can go wrong with a file into one sentence. It does not know about lines.
 */
import { type FileHandle, open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { DataError } from '../../errors.ts';
import { explained } from '../columns/read-error.ts';

/**
 * The file's text, decompressed, chunk by chunk.
 * @throws DataError if the file is missing, unreadable, a truncated or damaged gzip, or of another binary format
 */
export async function* openText(path: string, signal?: AbortSignal): AsyncGenerator<Buffer, void, void> {
  let handle: FileHandle | undefined;
  try {
    handle = await open(path);
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(8), 0, 8, 0);
    const start = buffer.subarray(0, bytesRead);
    const format = FORMATS.find(({ magic }) => start.subarray(0, magic.length).equals(magic));
    if (format !== undefined)
      throw new DataError(
        `${path} is ${format.name}, not text; give a CSV file, plain or compressed with gzip (.csv or .csv.gz).`,
      );
    if (path.endsWith('.gz') && bytesRead > 0 && !isGzip(start))
      throw new DataError(
        `${path} is named like gzip but is not gzip; fetch it again, or rename it to .csv if it is plain text.`,
      );
    const file = handle.createReadStream({ start: 0, highWaterMark: CHUNK_BYTES, ...(signal && { signal }) });
    // The reader of the last stream gets an error of any of them, so the callback has nothing to do.
    const text = isGzip(start) ? pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined) : file;
    yield* text as AsyncIterable<Buffer>;
  } catch (cause) {
    throw explained(path, cause, GZIP_ERRORS);
  } finally {
    await handle?.close();
  }
}

/**
 * Roughly how many bytes of text the file holds, to reserve memory: its length, or the uncompressed length at the end
 * of a gzip file (of the last member, modulo 4 GiB, so it may be far too small). Undefined if the file cannot be read;
 * `openText` explains why.
 */
export async function expectedBytes(path: string): Promise<number | undefined> {
  let file: FileHandle | undefined;
  try {
    file = await open(path);
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    if (!isGzip(buffer) || size < 4) return size;
    const end = await file.read(Buffer.alloc(4), 0, 4, size - 4);
    // Text hardly compresses better than that; a larger number comes from a damaged end.
    return Math.min(end.buffer.readUInt32LE(), 20 * size);
  } catch {
    return undefined;
  } finally {
    await file?.close();
  }
}

const CHUNK_BYTES = 1 << 18;

const FORMATS = [
  { magic: Buffer.from([0x50, 0x4b, 0x03, 0x04]), name: 'a zip archive' },
  { magic: Buffer.from([0x42, 0x5a, 0x68]), name: 'compressed with bzip2' },
  { magic: Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00]), name: 'compressed with xz' },
  { magic: Buffer.from([0x28, 0xb5, 0x2f, 0xfd]), name: 'compressed with zstd' },
  { magic: Buffer.from('PAR1'), name: 'a Parquet file' },
  { magic: Buffer.from([0x89, 0x48, 0x44, 0x46]), name: 'an HDF5 file' },
] as const;

function isGzip(bytes: Buffer): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b;
}

const GZIP_ERRORS: Readonly<Record<string, (path: string) => string>> = {
  Z_BUF_ERROR: (path) => `${path} ends in the middle of its gzip data; it is truncated, so fetch it again.`,
  Z_DATA_ERROR: (path) => `${path} starts like gzip but its data is damaged; fetch it again.`,
};
