/**
 * Named typed arrays and their one file format, which tables and weights share.
 *
 *     "restage1", u32le length of header, header (JSON, UTF-8), zero padding to a multiple of 8,
 *     then each entry's little-endian bytes at its `offset` (a multiple of 8, from the start of the data)
 *
 * The header is {"entries": [{"name", "dtype", "shape", "offset"}]}, entries sorted by name. No code runs on load.
 */
import { DataError, DecodeError } from '../../errors.ts';
import { compareUtf8 } from '../identity/canonical.ts';
import { withCanonicalNaN } from './canonical-nan.ts';
import { describeGiven, membersOf } from './given.ts';
import { ARRAYS, type DType, type TypedArray } from './dtypes.ts';
import { dtypeOfValue, plainArray } from './typed-array.ts';

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
  const dtype = dtypeOfValue(array);
  if (dtype === undefined) throw new TypeError(`This array is ${describeGiven(array)}, which cannot be stored.`);
  return dtype;
}

/** @throws RangeError for a shape that does not describe this many elements */
export function tensor<A extends TypedArray>(shape: readonly number[], data: A): Tensor<A> {
  const size = shape.reduce((product, n) => product * n, 1);
  if (size !== data.length || !shape.every(isCount))
    throw new RangeError(`A tensor of shape [${shape.join(', ')}] does not have ${data.length} elements.`);
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

/**
 * The file's bytes, in chunks that may share memory with the arrays. Each NaN is written as the canonical one.
 * @throws DataError naming what is not such a tensor
 */
export function encodeTensors(tensors: Tensors, where: string): readonly Uint8Array[] {
  const given = membersOf(tensors, where, 'tensors').map(
    ([name, value]) => [name, soundTensor(value, `${where}: tensor ${name}`)] as const,
  );
  return encodeArrays(given);
}

/** As `encodeTensors`, for arrays that were checked. */
export function encodeArrays(arrays: readonly (readonly [name: string, Tensor])[]): readonly Uint8Array[] {
  const entries: HeaderEntry[] = [];
  const data: Uint8Array[] = [];
  let offset = 0;
  for (const [name, { shape, data: array }] of arrays.toSorted(([a], [b]) => compareUtf8(a, b))) {
    entries.push({ name, dtype: dtypeOf(array), shape, offset });
    const { buffer, byteOffset, byteLength } = withCanonicalNaN(array);
    const padding = (8 - (byteLength % 8)) % 8;
    data.push(new Uint8Array(buffer, byteOffset, byteLength));
    if (padding > 0) data.push(new Uint8Array(padding));
    offset += byteLength + padding;
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

/** A tensor as it was given, each member read once. @throws DataError */
export function soundTensor(value: unknown, where: string): Tensor {
  if (typeof value !== 'object' || value === null)
    throw new DataError(`${where} is ${describeGiven(value)}; give { shape, data }.`);
  const { shape, data } = value as Readonly<Record<'shape' | 'data', unknown>>;
  const array = plainArray(data, `${where}: its data`);
  if (!Array.isArray(shape))
    throw new DataError(`${where} has ${describeGiven(shape)} as its shape; give an array of whole numbers.`);
  const sizes = Array.from(shape as readonly unknown[]);
  const shown = `[${sizes.map(String).join(', ')}]`;
  if (!sizes.every(isCount))
    throw new DataError(`${where} has the shape ${shown}; its members must be whole numbers from 0 on.`);
  const size = sizes.reduce((product, n) => product * n, 1);
  if (size !== array.length)
    throw new DataError(
      `${where} has the shape ${shown}, which is ${size} elements, and ${array.length} elements of data; make them agree.`,
    );
  return { shape: sizes, data: array };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function readHeader(bytes: Buffer, where: string): readonly HeaderEntry[] {
  let entries: unknown;
  try {
    entries = (JSON.parse(bytes.toString()) as { entries?: unknown }).entries;
  } catch (cause) {
    throw new DecodeError(`The header of ${where} is not JSON.`, { cause });
  }
  const sound = (entry: unknown): entry is HeaderEntry => {
    const { name, dtype, shape, offset } = entry as Partial<Record<keyof HeaderEntry, unknown>>;
    return (
      typeof name === 'string' &&
      typeof dtype === 'string' &&
      Object.hasOwn(ARRAYS, dtype) &&
      Array.isArray(shape) &&
      shape.every(isCount) &&
      isCount(offset) &&
      offset % 8 === 0
    );
  };
  if (!Array.isArray(entries) || !entries.every(sound))
    throw new DecodeError(`The header of ${where} does not describe typed arrays.`);
  return entries;
}
