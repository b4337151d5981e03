/**
 * Decimals of a Parquet file: an integer and a scale, to the nearest double. hyparquet supports only the old kind, and
 * multiplies by a rounded power of ten, so it is given plain integers instead.
 */
import type { FileMetaData, SchemaElement } from 'hyparquet';
import { POWERS_OF_TEN } from '../columns/decimal.ts';

/** The number of digits after the point; undefined for anything but a decimal. */
export function decimalScale(element: SchemaElement): number | undefined {
  const { converted_type: converted, logical_type: logical, scale = 0 } = element;
  // A damaged file may lack the scale, whatever hyparquet's types say.
  if (logical?.type === 'DECIMAL') return (logical as { readonly scale?: number }).scale ?? scale;
  return converted === 'DECIMAL' ? scale : undefined;
}

/** The same file, with decimals declared as the plain integers or bytes that hold them. */
export function withoutDecimals(metadata: FileMetaData): FileMetaData {
  const schema = metadata.schema.map((element) => {
    if (decimalScale(element) === undefined) return element;
    const plain = { ...element };
    delete plain.converted_type;
    delete plain.logical_type;
    return plain;
  });
  return { ...metadata, schema };
}

/**
 * The decimals whose unscaled values these are: integers, or bytes that hold one in two's complement, the highest
 * first. Missing values stay missing. @throws Error for other values, or a scale that is not an integer
 */
export function decimalsOf(values: ArrayLike<unknown>, scale: number): readonly (number | undefined)[] {
  if (!Number.isInteger(scale)) throw new Error(`a decimal has the scale ${scale}`);
  const power = POWERS_OF_TEN[scale];
  return Array.from(values, (value) => {
    if (value === null || value === undefined) return undefined;
    const unscaled = value instanceof Uint8Array ? integerOf(value) : (value as number | bigint);
    if (typeof unscaled !== 'bigint' && !Number.isInteger(unscaled))
      throw new Error(`a decimal is kept as ${unscaled}, which is not an integer`);
    const near = Number(unscaled);
    // Both are exact, so the one division rounds correctly; `Number` reads larger ones.
    return Number.isSafeInteger(near) && power !== undefined ? near / power : Number(`${unscaled}e${-scale}`);
  });
}

function integerOf(bytes: Uint8Array): number | bigint {
  const { length } = bytes;
  // Some writers, hyparquet's among them, write zero as no bytes.
  if (length === 0) return 0;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, length);
  return length <= 6 ? buffer.readIntBE(0, length) : BigInt.asIntN(8 * length, BigInt(`0x${buffer.toString('hex')}`));
}
