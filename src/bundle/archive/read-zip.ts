/**
 * Reads a ZIP archive of the one form that restage writes (zip-format.ts), and refuses any other: an archive comes from
 * strangers. All of its bytes are accounted for before the first entry is read, and an entry is inflated to the length
 * that it states, or not at all.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32, inflateRawSync } from 'node:zlib';
import { readRefusal } from '../../core/diagnostics/system-refusal.ts';
import { BundleError } from '../../errors.ts';
import {
  centralHeader,
  END,
  endOfArchive,
  isPlainName,
  localHeader,
  LONGEST_ARCHIVE,
  LONGEST_ENTRY,
  METHOD,
  MOST_ENTRIES,
  MOST_SHRINKING,
  readCentralHeader,
  type ZipEntry,
} from './zip-format.ts';

const KNOWN: ReadonlySet<number> = new Set(Object.values(METHOD));

export class ZipReader {
  readonly #file: number;
  readonly #path: string;
  readonly #entries: ReadonlyMap<string, ZipEntry>;

  /** Close it when it is done. @throws BundleError */
  static open(path: string): ZipReader {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch (cause) {
      throw new BundleError(`${path} cannot be read: ${readRefusal(cause)}.`, { cause });
    }
    try {
      return new ZipReader(path, file);
    } catch (error) {
      closeSync(file);
      throw error;
    }
  }

  private constructor(path: string, file: number) {
    this.#path = path;
    this.#file = file;
    const stat = fstatSync(file);
    if (!stat.isFile()) throw new BundleError(`${path} is not a file; name a bundle that restage made.`);
    this.#entries = new Map(this.#directory(stat.size).map((entry) => [entry.name, entry]));
  }

  /** In the order of the archive. */
  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Length of the content; undefined for a name that is not there. */
  bytesOf(name: string): number | undefined {
    return this.#entries.get(name)?.bytes;
  }

  /** @param most the content is refused if it is longer. @throws BundleError */
  read(name: string, most = LONGEST_ENTRY): Buffer {
    const entry = this.#entries.get(name);
    if (entry === undefined) throw this.refusal(`${name} is missing from it`);
    if (entry.bytes > most) throw this.refusal(`${name} has ${entry.bytes} bytes in it, and may have ${most}`);
    const stored = this.#bytes(entry.offset + localHeader(entry).length, entry.stored);
    const content = entry.method === METHOD.store ? stored : this.#inflated(entry, stored);
    if (content.length !== entry.bytes || crc32(content) !== entry.crc) throw this.refusal(`${name} is damaged in it`);
    return content;
  }

  close(): void {
    closeSync(this.#file);
  }

  /** @param why a clause */
  refusal(why: string, cause?: unknown): BundleError {
    return new BundleError(
      `${this.#path} is not a bundle as restage writes it, or it was changed: ${why}; get it again from where it was made.`,
      { cause },
    );
  }

  #inflated({ name, bytes }: ZipEntry, stored: Buffer): Buffer {
    try {
      // A length of 0 would not limit it.
      return inflateRawSync(stored, { maxOutputLength: Math.max(1, bytes) });
    } catch (cause) {
      throw this.refusal(`${name} is damaged in it`, cause);
    }
  }

  #directory(size: number): readonly ZipEntry[] {
    if (size < END.bytes || size > LONGEST_ARCHIVE) throw this.refusal('it is not a ZIP archive, or it is truncated');
    const end = this.#bytes(size - END.bytes, END.bytes);
    const count = end.readUInt16LE(10);
    const [bytes, offset] = [end.readUInt32LE(12), end.readUInt32LE(16)];
    if (end.readUInt32LE(0) !== END.signature || offset + bytes !== size - END.bytes || count > MOST_ENTRIES)
      throw this.refusal('it is not a ZIP archive, or it is truncated');
    if (!end.equals(endOfArchive(count, { bytes, offset }))) throw this.refusal('its end says more than it may');
    const directory = this.#bytes(offset, bytes);
    const entries: ZipEntry[] = [];
    for (let at = 0; at < bytes;) {
      const read = readCentralHeader(directory, at);
      if (read === undefined || !directory.subarray(at, read.next).equals(centralHeader(read.entry)))
        throw this.refusal('its list of files has something that does not belong there');
      entries.push(read.entry);
      at = read.next;
    }
    if (entries.length !== count) throw this.refusal('the length of its list of files is not the one that it states');
    this.#check(entries, offset);
    return entries;
  }

  #check(entries: readonly ZipEntry[], end: number): void {
    const names = new Set<string>();
    let at = 0;
    for (const entry of entries) {
      const { name, bytes, stored, method, offset } = entry;
      if (!isPlainName(name)) throw this.refusal('one of its files has a name that could lead elsewhere');
      if (names.has(name.toLowerCase())) throw this.refusal(`two of its files are called ${name}`);
      names.add(name.toLowerCase());
      const isKnown = KNOWN.has(method) && (method === METHOD.deflate || stored === bytes);
      if (!isKnown || bytes > LONGEST_ENTRY || (method === METHOD.deflate && bytes > stored * MOST_SHRINKING))
        throw this.refusal(`${name} would be larger than its bytes in the archive can be`);
      const header = localHeader(entry);
      if (offset !== at || at + header.length + stored > end) throw this.refusal(`${name} is not where it should be`);
      if (!this.#bytes(at, header.length).equals(header)) throw this.refusal(`its two descriptions of ${name} differ`);
      at += header.length + stored;
    }
    if (at !== end) throw this.refusal('it has bytes that belong to no file');
  }

  #bytes(offset: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    for (let at = 0; at < length;) {
      const count = readSync(this.#file, bytes, at, length - at, offset + at);
      if (count === 0) throw this.refusal('it is truncated');
      at += count;
    }
    return bytes;
  }
}
