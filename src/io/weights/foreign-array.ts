/** Arrays as other programs store them, little-endian and row by row, as arrays that a tensor can have. */
import { ARRAYS, type DType, type TypedArray } from '../../core/artifact/dtypes.ts';
import { DataError } from '../../errors.ts';
import { fromBfloat16, fromFloat16 } from './half-floats.ts';

/** What an element can be in a file: those that a tensor has, and those that become one of them. */
export type ForeignType = DType | 'float16' | 'bfloat16' | 'int64' | 'uint64' | 'boolean';

/** The most elements: as many as an array can have. */
const MOST_ELEMENTS = 2 ** 32;

export function bytesPerElement(type: ForeignType): number {
  return (isOwn(type) ? ARRAYS[type] : FOREIGN[type]).BYTES_PER_ELEMENT;
}

type Foreign = Exclude<ForeignType, DType>;

const FOREIGN = {
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  boolean: Uint8Array,
} as const;

function isOwn(type: ForeignType): type is DType {
  return Object.hasOwn(ARRAYS, type);
}

/**
 * How many elements an array of this shape has.
 * @throws DataError if its members are not whole numbers from 0 on, or there are too many
 */
export function elementsOf(shape: readonly unknown[], where: string): number {
  let size = 1;
  for (const n of shape) {
    if (!Number.isSafeInteger(n) || (n as number) < 0)
      throw new DataError(`${where} has the shape [${shape.join(', ')}].`);
    size *= n as number;
  }
  if (size > MOST_ELEMENTS)
    throw new DataError(`${where} has the shape [${shape.join(', ')}], which is more than an array can hold.`);
  return size;
}

/**
 * A copy of these bytes as an array. Half floats become float32, booleans uint8; integers of 64 bits become float64, if
 * that is exact.
 * @throws DataError for an integer that no float64 is
 */
export function arrayFrom(bytes: Uint8Array, type: ForeignType, where: string): TypedArray {
  const own = new Uint8Array(bytes).buffer;
  return isOwn(type) ? new ARRAYS[type](own) : converted(own, type, where);
}

function converted(own: ArrayBuffer, type: Foreign, where: string): TypedArray {
  switch (type) {
    case 'float16':
      return fromFloat16(new Uint16Array(own));
    case 'bfloat16':
      return fromBfloat16(new Uint16Array(own));
    case 'boolean':
      return new Uint8Array(own);
    case 'int64':
      return exactFloats(new BigInt64Array(own), where);
    case 'uint64':
      return exactFloats(new BigUint64Array(own), where);
  }
}

function exactFloats(values: BigInt64Array | BigUint64Array, where: string): Float64Array {
  return Float64Array.from(values as ArrayLike<bigint>, (value) => {
    const float = Number(value);
    if (BigInt(float) !== value)
      throw new DataError(`${where} holds ${value}, which float64 cannot hold; convert it first.`);
    return float;
  });
}
