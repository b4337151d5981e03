/**
 * One array in NumPy's format: "\x93NUMPY", a version, the length of a header, the header as a literal of Python,
 * {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }, and the elements.
 */
import { dtypeOf, type Tensor } from '../../core/artifact/tensors.ts';
import type { DType } from '../../core/artifact/dtypes.ts';
import { DataError } from '../../errors.ts';
import { arrayFrom, bytesPerElement, elementsOf, type ForeignType } from './foreign-array.ts';

const NAMES: Readonly<Record<DType, string>> = {
  float32: '<f4',
  float64: '<f8',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
};

const TYPES: ReadonlyMap<string, ForeignType> = new Map<string, ForeignType>([
  ...(Object.entries(NAMES) as [DType, string][]).map(([type, name]) => [name, type] as const),
  ['<f2', 'float16'],
  ['<i8', 'int64'],
  ['<u8', 'uint64'],
  ['|b1', 'boolean'],
]);

const MAGIC = '\x93NUMPY';
const BEFORE_HEADER = 10;

/** The bytes of a .npy file, version 1.0. */
export function encodeNpy({ shape, data }: Tensor): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${NAMES[dtypeOf(data)]}', 'fortran_order': False, 'shape': ${tuple}, }`;
  // The elements lie at a multiple of 64.
  const start = Math.ceil((BEFORE_HEADER + text.length + 1) / 64) * 64;
  const file = Buffer.alloc(start + data.byteLength, ' ');
  file.write(MAGIC, 'latin1');
  file[6] = 1;
  file[7] = 0;
  file.writeUInt16LE(start - BEFORE_HEADER, 8);
  file.write(text, BEFORE_HEADER, 'latin1');
  file[start - 1] = 0x0a;
  file.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), start);
  return file;
}

/**
 * Arrays that NumPy wrote column by column come row by row.
 *
 * @param where what to call the file
 * @throws DataError for a file that is not one, has another size than its header says, or holds another type
 */
export function decodeNpy(bytes: Uint8Array, where: string): Tensor {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { text, start } = headerOf(file, where);
  const descr = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const order = /'fortran_order':\s*(True|False)/.exec(text)?.[1];
  const tuple = /'shape':\s*\(([\d,\sL]*)\)/.exec(text)?.[1];
  if (order === undefined || tuple === undefined)
    throw new DataError(`${where} has a header that does not describe an array; the file is damaged.`);
  const type = descr === undefined ? undefined : TYPES.get(descr);
  if (type === undefined)
    throw new DataError(
      `${where} holds ${descr ?? 'records'}, which no array here can hold; convert it with NumPy, such as array.astype('<f4').`,
    );
  const shape = tuple
    .split(',')
    .filter((n) => n.trim() !== '')
    .map((n) => Number.parseInt(n, 10));
  const size = elementsOf(shape, where) * bytesPerElement(type);
  if (file.length - start !== size)
    throw new DataError(
      `${where} has ${file.length - start} bytes of elements, and its header says ${size}; the file is damaged.`,
    );
  const data = arrayFrom(file.subarray(start), type, where);
  return { shape, data: order === 'True' ? byRows(data, shape) : data };
}

function headerOf(file: Buffer, where: string): { readonly text: string; readonly start: number } {
  if (file.length < BEFORE_HEADER || file.toString('latin1', 0, 6) !== MAGIC)
    throw new DataError(`${where} is not an array of NumPy.`);
  const isLong = file[6]! >= 2;
  const before = isLong ? BEFORE_HEADER + 2 : BEFORE_HEADER;
  const length = isLong && file.length >= before ? file.readUInt32LE(8) : file.readUInt16LE(8);
  if (before + length > file.length) throw new DataError(`${where} ends within its header; the file is damaged.`);
  return { text: file.toString('latin1', before, before + length), start: before + length };
}

/** From the order in which the first index runs fastest to that in which the last one does. */
function byRows<A extends Tensor['data']>(data: A, shape: readonly number[]): A {
  const result = data.slice() as A;
  const index = new Array<number>(shape.length).fill(0);
  for (let at = 0; at < data.length; at++) {
    let row = 0;
    for (let axis = 0; axis < shape.length; axis++) row = row * shape[axis]! + index[axis]!;
    result[row] = data[at]!;
    for (let axis = 0; axis < shape.length && ++index[axis]! === shape[axis]; axis++) index[axis] = 0;
  }
  return result;
}
