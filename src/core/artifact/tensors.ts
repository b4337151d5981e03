/**
 * Named typed arrays and their one file format, which tables and weights share.
 *
 *     "restage1", u32le length of header, header (JSON, UTF-8), zero padding to a multiple of 8,
 *     then each entry's little-endian bytes at its `offset` (a multiple of 8, from the start of the data)
 *
 * The header is {"entries": [{"name", "dtype", "shape", "offset"}]}, entries sorted by name. No code runs on load.
 */
import { DecodeError } from '../../errors.ts';
import { compareUtf8 } from '../identity/canonical.ts';

export type DType = 'float32' | 'float64' | 'int8' | 'uint8' | 'int16' | 'uint16' | 'int32' | 'uint32';

interface ArrayOf {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int8: Int8Array;
  readonly uint8: Uint8Array;
  readonly int16: Int16Array;
  readonly uint16: Uint16Array;
  readonly int32: Int32Array;
  readonly uint32: Uint32Array;
}

export type TypedArray = ArrayOf[DType];

/** A dense array in row-major order; the product of `shape` is `data.length`. */
export interface Tensor<A extends TypedArray = TypedArray> {
  readonly shape: readonly number[];
  readonly data: A;
}

export type Tensors = Readonly<Record<string, Tensor>>;

/** Columns of one length, by name. Each column is a typed array with one element a row. */
export interface Table<Columns extends string = string> {
  readonly rows: number;
  readonly columns: Readonly<Record<Columns, TypedArray>>;
}

export function dtypeOf(array: TypedArray): DType {
  const name = array.constructor.name;
  const found = DTYPES.get(name);
  if (found === undefined) throw new TypeError(`A ${name} is no typed array that can be stored.`);
  return found;
}

export function tensor<A extends TypedArray>(shape: readonly number[], data: A): Tensor<A> {
  const size = shape.reduce((product, n) => product * n, 1);
  if (size !== data.length)
    throw new RangeError(`A tensor of shape [${shape.join(', ')}] has ${size} elements, not ${data.length}.`);
  return { shape, data };
}

/** A table of these columns. @throws RangeError if their lengths differ. */
export function tableOf<Columns extends string>(columns: Readonly<Record<Columns, TypedArray>>): Table<Columns> {
  const entries = Object.entries<TypedArray>(columns);
  const rows = entries[0]?.[1].length ?? 0;
  for (const [name, column] of entries) {
    if (column.length !== rows)
      throw new RangeError(`Column ${name} has ${column.length} rows where ${entries[0]![0]} has ${rows}.`);
  }
  return { rows, columns };
}

export function encodeTensors(tensors: Tensors): readonly Uint8Array[] {
  const entries: HeaderEntry[] = [];
  const data: Uint8Array[] = [];
  let offset = 0;
  for (const name of Object.keys(tensors).sort(compareUtf8)) {
    const { shape, data: array } = tensors[name]!;
    entries.push({ name, dtype: dtypeOf(array), shape, offset });
    const padding = (8 - (array.byteLength % 8)) % 8;
    data.push(new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
    if (padding > 0) data.push(new Uint8Array(padding));
    offset += array.byteLength + padding;
  }
  const header = Buffer.from(JSON.stringify({ entries }));
  const before = MAGIC.length + 4;
  const head = Buffer.alloc(Math.ceil((before + header.length) / 8) * 8);
  head.write(MAGIC, 0, 'latin1');
  head.writeUInt32LE(header.length, MAGIC.length);
  header.copy(head, before);
  return [head, ...data];
}

/** The arrays share memory with `bytes` where that is aligned to 8 bytes. */
export function decodeTensors(bytes: Uint8Array, where: string): Tensors {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const view = Buffer.from(aligned.buffer, aligned.byteOffset, aligned.byteLength);
  const before = MAGIC.length + 4;
  if (view.length < before || view.toString('latin1', 0, MAGIC.length) !== MAGIC)
    throw new DecodeError(`${where} is not a file of typed arrays (it does not start with "${MAGIC}").`);
  const length = view.readUInt32LE(MAGIC.length);
  const start = Math.ceil((before + length) / 8) * 8;
  // Entries, not assignments: a name may be __proto__.
  const result: [string, Tensor][] = [];
  for (const { name, dtype, shape, offset } of readHeader(view.subarray(before, before + length), where)) {
    const Type = ARRAYS[dtype];
    const size = shape.reduce((product, n) => product * n, 1);
    if (start + offset + size * Type.BYTES_PER_ELEMENT > view.length)
      throw new DecodeError(`${where} ends before its array ${name} does.`);
    const data = new Type(aligned.buffer as ArrayBuffer, aligned.byteOffset + start + offset, size);
    result.push([name, { shape, data }]);
  }
  return Object.fromEntries(result);
}

interface HeaderEntry {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly offset: number;
}

const MAGIC = 'restage1';

/** The constructor of each dtype. */
export const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
} as const;

const DTYPES = new Map(Object.entries(ARRAYS).map(([dtype, Type]) => [Type.name, dtype as DType]));

function readHeader(bytes: Buffer, where: string): readonly HeaderEntry[] {
  let entries: unknown;
  try {
    entries = (JSON.parse(bytes.toString()) as { entries?: unknown }).entries;
  } catch (cause) {
    throw new DecodeError(`The header of ${where} is not JSON.`, { cause });
  }
  const sound = (entry: unknown): entry is HeaderEntry => {
    const { name, dtype, shape, offset } = entry as Partial<Record<keyof HeaderEntry, unknown>>;
    const count = (n: unknown): boolean => Number.isSafeInteger(n) && (n as number) >= 0;
    return (
      typeof name === 'string' &&
      typeof dtype === 'string' &&
      Object.hasOwn(ARRAYS, dtype) &&
      Array.isArray(shape) &&
      shape.every(count) &&
      count(offset) &&
      (offset as number) % 8 === 0
    );
  };
  if (!Array.isArray(entries) || !entries.every(sound))
    throw new DecodeError(`The header of ${where} does not describe typed arrays.`);
  return entries;
}
