/** From the downloaded bytes to the pinned file: decodes, counts and hashes them, or says what they are instead. */
import { createHash } from 'node:crypto';
import { chmodSync, closeSync, createReadStream, fsyncSync, openSync, readSync, renameSync, writeSync } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { short } from '../../core/identity/digest.ts';
import type { RemoteFile } from '../../core/authoring/file-ref.ts';

/** Why another try cannot help. */
export interface DownloadDiagnostic {
  /** True if the server refused to give the file; false if it gave a different file. */
  readonly refused: boolean;
  readonly clause: string;
}

export const WEB_PAGE = 'it is a web page (HTML), perhaps one to log in or to report an error';

export function looksLikeWebPage(start: Uint8Array): boolean {
  return /^\s*(\ufeff)?\s*<(!doctype\s+html|html|head|\?xml[^>]*>\s*<!doctype\s+html)/i.test(
    Buffer.from(start.subarray(0, 512)).toString(),
  );
}

/**
 * Writes `target`, read-only and synced to disk, from the bytes in `part`, or says what is wrong with them. Bytes that
 * should be gzip and are not are used unchanged: some servers decode on the way, and the digest decides.
 * @throws the file system's own error, or the signal's reason
 */
export async function unpack(
  remote: RemoteFile,
  part: string,
  target: string,
  signal: AbortSignal,
): Promise<DownloadDiagnostic | undefined> {
  const start = head(part);
  const isPacked = remote.encoding === 'gzip' && start[0] === 0x1f && start[1] === 0x8b;
  const clause = isPacked ? await unzip(remote, part, target, signal) : await adopt(remote, part, target, signal);
  if (clause === undefined) return undefined;
  return { refused: false, clause: looksLikeWebPage(start) ? WEB_PAGE : clause };
}

async function adopt(
  remote: RemoteFile,
  part: string,
  target: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const check = new Check(remote);
  for await (const chunk of createReadStream(part, { highWaterMark: 1 << 20, signal }) as AsyncIterable<Buffer>)
    check.add(chunk);
  const clause = check.verdict();
  if (clause !== undefined) return clause;
  flush(openSync(part, 'r+'));
  renameSync(part, target);
  // Not earlier: a read-only part could not be resumed.
  chmodSync(target, 0o444);
  return undefined;
}

async function unzip(
  remote: RemoteFile,
  part: string,
  target: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const check = new Check(remote);
  const file = openSync(target, 'w');
  let isOpen = true;
  try {
    const source = createReadStream(part, { highWaterMark: 1 << 20, signal });
    // The reader of the last stream receives an error of any of them, so the callback has nothing to do.
    const decoded = pipeline(source, createGunzip({ chunkSize: 1 << 18 }), () => undefined);
    for await (const chunk of decoded as AsyncIterable<Buffer>) {
      check.add(chunk);
      // If a small file decodes to a huge one, stop once it is too long.
      if (check.isTooLong) break;
      for (let offset = 0; offset < chunk.length;) offset += writeSync(file, chunk, offset, chunk.length - offset);
    }
    const clause = check.verdict();
    if (clause !== undefined) return clause;
    isOpen = false;
    flush(file);
    chmodSync(target, 0o444);
    return undefined;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'Z_BUF_ERROR') return 'its gzip data end too early';
    if (code === 'Z_DATA_ERROR') return 'its gzip data are damaged';
    throw signal.aborted ? signal.reason : error;
  } finally {
    if (isOpen) closeSync(file);
  }
}

class Check {
  readonly #remote: RemoteFile;
  readonly #hash = createHash('sha256');
  #bytes = 0;

  constructor(remote: RemoteFile) {
    this.#remote = remote;
  }

  get isTooLong(): boolean {
    return this.#bytes > this.#remote.bytes;
  }

  add(chunk: Uint8Array): void {
    this.#bytes += chunk.byteLength;
    this.#hash.update(chunk);
  }

  verdict(): string | undefined {
    const { bytes, sha256 } = this.#remote;
    if (this.isTooLong) return `it has more than the pinned ${bytes} bytes`;
    if (this.#bytes < bytes) return `it has ${this.#bytes} bytes, but ${bytes} are pinned`;
    const digest = this.#hash.digest('hex');
    return digest === sha256 ? undefined : `its digest is ${short(digest)}, but ${short(sha256)} is pinned`;
  }
}

function flush(file: number): void {
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function head(path: string): Buffer {
  const buffer = Buffer.alloc(512);
  const file = openSync(path, 'r');
  try {
    return buffer.subarray(0, readSync(file, buffer, 0, buffer.length, 0));
  } finally {
    closeSync(file);
  }
}
