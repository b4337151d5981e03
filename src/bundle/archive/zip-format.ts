/**
 * The bytes of a ZIP archive (APPNOTE.TXT 6.3.10) in the one form that restage writes and reads: no comment, no extra
 * field, no folder, one fixed date, entries one after another without a gap. So equal content is equal bytes, and each
 * byte of an archive is either content that has a checksum, or has one value that it may have.
 */

export interface ZipEntry {
  readonly name: string;
  /** Of the content. */
  readonly crc: number;
  readonly bytes: number;
  /** As it is in the archive: deflated, or as it is where that saves nothing. */
  readonly stored: number;
  readonly method: Method;
  /** Where its header begins. */
  readonly offset: number;
}

export const METHOD = { store: 0, deflate: 8 } as const;
export type Method = (typeof METHOD)[keyof typeof METHOD];

/** Sizes and offsets have 32 bits, of which none is set for "see elsewhere". */
export const LONGEST_ARCHIVE = 0xfffffffe;
/** An entry is in memory as a whole. */
export const LONGEST_ENTRY = 2 ** 30;
export const MOST_ENTRIES = 0xfffe;
/** What shrinks more is stored as it is: so a small archive is never a large one in disguise. */
export const MOST_SHRINKING = 200;
const LONGEST_NAME = 200;

const VERSION = 20;
/** On Unix, for the permissions of a plain file: rw-r--r--. */
const MADE_BY = (3 << 8) | VERSION;
const PLAIN_FILE = 0o100644 * 2 ** 16;
/** Names are in UTF-8. */
const FLAGS = 0x0800;
/** 1980-01-01, midnight: the first that a ZIP archive can say. */
const [TIME, DATE] = [0, 0x21];

const LOCAL = { signature: 0x04034b50, bytes: 30 } as const;
const CENTRAL = { signature: 0x02014b50, bytes: 46 } as const;
export const END = { signature: 0x06054b50, bytes: 22 } as const;

/**
 * Parts of ASCII letters, digits, dots, lines and dashes that begin with a letter or digit: they mean the same
 * everywhere.
 */
const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]*(?:\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/;
/** Devices of Windows, whatever follows the dot. */
const RESERVED = /(?:^|\/)(?:con|prn|aux|nul|com\d|lpt\d)(?:\.[^/]*)?(?:\/|$)|\.(?:\/|$)/i;

export function isPlainName(name: string): boolean {
  return name.length <= LONGEST_NAME && NAME.test(name) && !RESERVED.test(name);
}

export function localHeader(entry: Omit<ZipEntry, 'offset'>): Buffer {
  const header = Buffer.alloc(LOCAL.bytes);
  header.writeUInt32LE(LOCAL.signature, 0);
  header.writeUInt16LE(VERSION, 4);
  shared(header, 6, entry);
  return Buffer.concat([header, Buffer.from(entry.name)]);
}

export function centralHeader(entry: ZipEntry): Buffer {
  const header = Buffer.alloc(CENTRAL.bytes);
  header.writeUInt32LE(CENTRAL.signature, 0);
  header.writeUInt16LE(MADE_BY, 4);
  header.writeUInt16LE(VERSION, 6);
  shared(header, 8, entry);
  header.writeUInt32LE(PLAIN_FILE, 38);
  header.writeUInt32LE(entry.offset, 42);
  return Buffer.concat([header, Buffer.from(entry.name)]);
}

export function endOfArchive(
  entries: number,
  { bytes, offset }: { readonly bytes: number; readonly offset: number },
): Buffer {
  const end = Buffer.alloc(END.bytes);
  end.writeUInt32LE(END.signature, 0);
  end.writeUInt16LE(entries, 8);
  end.writeUInt16LE(entries, 10);
  end.writeUInt32LE(bytes, 12);
  end.writeUInt32LE(offset, 16);
  return end;
}

/**
 * The entry whose central header begins here, and where the next one does; undefined if it does not fit into the
 * buffer.
 */
export function readCentralHeader(
  directory: Buffer,
  at: number,
): { readonly entry: ZipEntry; readonly next: number } | undefined {
  if (at + CENTRAL.bytes > directory.length) return undefined;
  const length = directory.readUInt16LE(at + 28);
  const next = at + CENTRAL.bytes + length;
  if (next > directory.length) return undefined;
  const entry: ZipEntry = {
    name: directory.toString('latin1', at + CENTRAL.bytes, next),
    method: directory.readUInt16LE(at + 10) as Method,
    crc: directory.readUInt32LE(at + 16),
    stored: directory.readUInt32LE(at + 20),
    bytes: directory.readUInt32LE(at + 24),
    offset: directory.readUInt32LE(at + 42),
  };
  return { entry, next };
}

/** What both headers of an entry have, from its flags to the length of the extra field. */
function shared(header: Buffer, at: number, { name, method, crc, stored, bytes }: Omit<ZipEntry, 'offset'>): void {
  header.writeUInt16LE(FLAGS, at);
  header.writeUInt16LE(method, at + 2);
  header.writeUInt16LE(TIME, at + 4);
  header.writeUInt16LE(DATE, at + 6);
  header.writeUInt32LE(crc, at + 8);
  header.writeUInt32LE(stored, at + 12);
  header.writeUInt32LE(bytes, at + 16);
  header.writeUInt16LE(name.length, at + 20);
}
