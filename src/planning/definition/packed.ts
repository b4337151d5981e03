/**
 * A list of named rows as bytes, with one column for each fact. Reading it takes a fraction of the time of JSON.
 *
 *     u32le length of the header, header (JSON), names of the rows (one a line), the columns (u32 or f64, in this machine's
 *     byte order), and any further bytes
 */
export type Column = Uint32Array | Float64Array;

export function pack(header: object, names: readonly string[], columns: readonly Column[], rest?: Buffer): Buffer {
  const lines = Buffer.from(names.join('\n'));
  const json = Buffer.from(JSON.stringify({ ...header, rows: names.length, nameBytes: lines.length }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(json.length);
  const bytes = columns.map((column) => Buffer.from(column.buffer, column.byteOffset, column.byteLength));
  return Buffer.concat([length, json, lines, ...bytes, ...(rest === undefined ? [] : [rest])]);
}

/** Unpacked contents, to be taken in the order in which they were packed. */
export interface Unpacked<Header> {
  readonly header: Header;
  readonly names: readonly string[];
  readonly takeUint32: () => Uint32Array;
  readonly takeFloat64: () => Float64Array;
  readonly rest: () => Buffer;
}

export function unpack<Header>(bytes: Buffer): Unpacked<Header> {
  let at = 4 + bytes.readUInt32LE(0);
  const { rows, nameBytes, ...header } = JSON.parse(bytes.toString('utf8', 4, at)) as {
    readonly rows: number;
    readonly nameBytes: number;
  };
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  // Copied to an aligned offset.
  const column = (width: number): ArrayBuffer => Uint8Array.from(take(rows * width)).buffer;
  const lines = take(nameBytes).toString();
  return {
    header: header as Header,
    names: rows === 0 ? [] : lines.split('\n'),
    takeUint32: () => new Uint32Array(column(Uint32Array.BYTES_PER_ELEMENT)),
    takeFloat64: () => new Float64Array(column(Float64Array.BYTES_PER_ELEMENT)),
    rest: () => bytes.subarray(at),
  };
}
