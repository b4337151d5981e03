/**
 * The received part of a download: its bytes in `.part`, and beside it a note of what the server said about the file.
 */
import {
  closeSync,
  ftruncateSync,
  fstatSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import type { RemoteFile } from '../../core/authoring/file-ref.ts';
import { partNotePath, partPath } from '../../store/coordination/downloads.ts';

/** How a server distinguishes the versions of a file. */
export interface Version {
  readonly etag: string | null;
  readonly lastModified: string | null;
  /** Length in bytes as sent over the network, if the server gave it; else null. */
  readonly total: number | null;
}

export class PartialFile {
  readonly #path: string;
  readonly #url: string;
  #file: number | undefined;
  #size = 0;
  #version: Version | undefined;
  #answers = 0;

  /**
   * Opens the part that an earlier process left, if it came from the same address. @throws the file system's own error
   */
  constructor(path: string, { url }: RemoteFile) {
    this.#path = path;
    this.#url = url;
    const note = readNote(partNotePath(path));
    this.#size = fstatSync(this.#open()).size;
    if (note?.url !== url) this.restart(undefined);
    else this.#version = note;
    // It is unknown in how many responses an earlier process received these bytes.
    if (this.#size > 0) this.#answers = 2;
  }

  get size(): number {
    return this.#size;
  }

  get version(): Version | undefined {
    return this.#version;
  }

  /** Whether its bytes came in more than one response. */
  get isPieced(): boolean {
    return this.#answers > 1;
  }

  /** Its first bytes. */
  start(): Buffer {
    const buffer = Buffer.alloc(Math.min(this.#size, 512));
    return buffer.subarray(0, readSync(this.#open(), buffer, 0, buffer.length, 0));
  }

  /** Discards all bytes; the next ones belong to this version. */
  restart(version: Version | undefined): void {
    ftruncateSync(this.#open(), 0);
    this.#size = 0;
    this.#answers = version === undefined ? 0 : 1;
    this.#version = version;
    if (version === undefined) rmSync(partNotePath(this.#path), { force: true });
    else writeFileSync(partNotePath(this.#path), JSON.stringify({ url: this.#url, ...version }));
  }

  /** The next bytes belong to another response. */
  resume(): void {
    this.#answers++;
  }

  append(chunk: Uint8Array): void {
    const file = this.#open();
    for (let offset = 0; offset < chunk.byteLength;) {
      const written = writeSync(file, chunk, offset, chunk.byteLength - offset, this.#size);
      offset += written;
      this.#size += written;
    }
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  /** Removes it; later bytes begin a new part. */
  discard(): void {
    this.close();
    for (const file of [partPath(this.#path), partNotePath(this.#path)]) rmSync(file, { force: true });
    [this.#size, this.#answers, this.#version] = [0, 0, undefined];
  }

  #open(): number {
    // Not opened for appending: each write gives its position, so a second writer could at worst write the same bytes.
    return (this.#file ??= openOrMake(partPath(this.#path)));
  }
}

function openOrMake(path: string): number {
  try {
    return openSync(path, 'r+');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return openSync(path, 'w+');
  }
}

/** Undefined if there is no note, or if its process died while writing it. */
function readNote(path: string): (Version & { readonly url: string }) | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Version & { readonly url: string };
  } catch {
    return undefined;
  }
}
