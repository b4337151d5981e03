/**
 * Writes a ZIP archive, entry after entry. fflate deflates: it is JavaScript, so it gives the same bytes on every
 * machine, which the zlib of Node does not.
 */
import { crc32 } from 'node:zlib';
import { deflateSync } from 'fflate';
import { BundleError } from '../../errors.ts';
import {
  centralHeader,
  endOfArchive,
  isPlainName,
  localHeader,
  LONGEST_ARCHIVE,
  LONGEST_ENTRY,
  METHOD,
  MOST_ENTRIES,
  MOST_SHRINKING,
  type ZipEntry,
} from './zip-format.ts';

export class ZipWriter {
  readonly #write: (chunk: Uint8Array) => void;
  readonly #entries: ZipEntry[] = [];
  readonly #names = new Set<string>();
  #offset = 0;

  /** @param write takes the bytes of the archive, in their order */
  constructor(write: (chunk: Uint8Array) => void) {
    this.#write = write;
  }

  /** How many bytes the archive has so far. */
  get bytes(): number {
    return this.#offset;
  }

  /** @throws BundleError for more than an archive can hold */
  add(name: string, content: Uint8Array): void {
    if (!isPlainName(name) || this.#names.has(name.toLowerCase()))
      throw new Error(`internal error: ${name} is not a name for an entry, or is taken`);
    if (content.length > LONGEST_ENTRY)
      throw new BundleError(
        `A file of ${content.length} bytes is too large for a bundle, which holds up to ${LONGEST_ENTRY} bytes of each; leave the data out with --no-data.`,
      );
    const deflated = deflateSync(content, { level: 9 });
    const saves = deflated.length < content.length && deflated.length * MOST_SHRINKING >= content.length;
    const stored = saves ? deflated : content;
    const entry: ZipEntry = {
      name,
      method: saves ? METHOD.deflate : METHOD.store,
      crc: crc32(content),
      stored: stored.length,
      bytes: content.length,
      offset: this.#offset,
    };
    this.#put(localHeader(entry));
    this.#put(stored);
    this.#names.add(name.toLowerCase());
    this.#entries.push(entry);
  }

  /** @throws BundleError for more than an archive can hold */
  finish(): void {
    if (this.#entries.length > MOST_ENTRIES)
      throw new BundleError(
        `A bundle holds up to ${MOST_ENTRIES} files, and this one would have ${this.#entries.length}; bundle one number in place of a whole run.`,
      );
    const offset = this.#offset;
    for (const entry of this.#entries) this.#put(centralHeader(entry));
    this.#put(endOfArchive(this.#entries.length, { bytes: this.#offset - offset, offset }));
  }

  #put(chunk: Uint8Array): void {
    this.#offset += chunk.length;
    if (this.#offset > LONGEST_ARCHIVE)
      throw new BundleError('A bundle holds up to 4 GiB; leave the data out with --no-data, or the outputs.');
    this.#write(chunk);
  }
}
