/** A file of the store that is written as its bytes arrive, and hashed meanwhile. */
import { createHash } from 'node:crypto';
import { closeSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '../../core/identity/digest.ts';
import { discard, openNew, temporaryPath } from '../files/temporary-files.ts';

export class ArrivingFile {
  readonly path: string;
  readonly #hash = createHash('sha256');
  #file: number | undefined;
  #bytes = 0;

  /** @throws the file system's own error */
  constructor(directory: string, makeDirectories: () => void) {
    this.path = temporaryPath(join(directory, 'object'));
    this.#file = openNew(this.path, makeDirectories);
  }

  /** How many bytes have arrived. */
  get bytes(): number {
    return this.#bytes;
  }

  /** @throws the file system's own error */
  write(chunk: Uint8Array): void {
    for (let offset = 0; offset < chunk.byteLength;) offset += writeSync(this.#file!, chunk, offset);
    this.#hash.update(chunk);
    this.#bytes += chunk.byteLength;
  }

  /** The digest of all that arrived. Once. */
  finish(): Digest {
    this.#close();
    return this.#hash.digest('hex') as Digest;
  }

  /** Removes the file, unless it was moved away. */
  discard(): void {
    this.#close();
    discard(this.path);
  }

  #close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}
