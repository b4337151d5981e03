/** The wanted type of a column of a CSV file: a number type, or codes for a closed set of words. */
import type { DType } from '../../core/artifact/dtypes.ts';
import { DataError } from '../../errors.ts';
import { parseNumber, parseShortDecimal } from '../columns/decimal.ts';
import { wordCoder } from '../columns/word-codes.ts';

/** A number type, or the code that each allowed word stands for: `{ codes: { s: 1, b: 0 } }`, kept as uint8. */
export type CsvColumn = DType | { readonly codes: Readonly<Record<string, number>> };

/** Reads one field. The caller adds the place to errors. */
export interface FieldReader {
  readonly dtype: DType;
  /** The value of the field in `bytes[start, end)`; NaN for NaN and for a field that `explain` rejects. */
  read(bytes: Uint8Array, start: number, end: number): number;
  /** Called if `read` gave NaN: what is wrong with this text; undefined if the text means NaN. */
  explain(text: string): string | undefined;
}

export function fieldReader(column: CsvColumn): FieldReader {
  if (typeof column !== 'string') return codeReader(column.codes);
  return column === 'float32' || column === 'float64' ? floatReader(column) : integerReader(column, RANGES[column]);
}

const RANGES = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
} as const;

/** The largest double that still rounds to a finite float32. */
const FLOAT32_LIMIT = 3.4028235677973362e38;

function floatReader(dtype: 'float32' | 'float64'): FieldReader {
  const limit = dtype === 'float32' ? FLOAT32_LIMIT : Number.POSITIVE_INFINITY;
  const long = (text: string): number => {
    const value = parseNumber(text) ?? Number.NaN;
    return Math.abs(value) <= limit || Math.abs(value) === Number.POSITIVE_INFINITY ? value : Number.NaN;
  };
  return {
    dtype,
    read(bytes, start, end) {
      // The fast path gives at most 2^53 * 10^22, which float32 holds.
      const value = parseShortDecimal(bytes, start, end);
      return Number.isNaN(value) ? long(latin1(bytes, start, end)) : value;
    },
    explain(text) {
      const value = parseNumber(text);
      if (value === undefined) return 'not a number';
      return Number.isNaN(value) ? undefined : `too large for ${dtype}`;
    },
  };
}

function integerReader(dtype: DType, [least, most]: readonly [number, number]): FieldReader {
  const checked = (value: number): number =>
    Number.isInteger(value) && value >= least && value <= most ? value : Number.NaN;
  return {
    dtype,
    read(bytes, start, end) {
      const value = parseShortDecimal(bytes, start, end);
      return checked(Number.isNaN(value) ? (parseNumber(latin1(bytes, start, end)) ?? value) : value);
    },
    explain(text) {
      const value = parseNumber(text);
      if (value === undefined) return 'not a number';
      return Number.isInteger(value) ? `outside ${dtype} (${least} to ${most})` : 'not an integer';
    },
  };
}

function codeReader(codes: Readonly<Record<string, number>>): FieldReader {
  const codeOf = wordCoder(codes);
  // One-letter words, which are the common case, need no string.
  const letters = Float64Array.from({ length: 256 }, (_, byte) =>
    byte < 128 ? codeOf(String.fromCharCode(byte)) : Number.NaN,
  );
  return {
    dtype: 'uint8',
    read(bytes, start, end) {
      if (end - start === 1) return letters[bytes[start]!]!;
      return codeOf(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString());
    },
    explain: () => `not one of ${Object.keys(codes).join(', ')}`,
  };
}

/** Numbers are ASCII, and this is the cheapest way to a string. */
function latin1(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
}

/** Refuses a field, naming its place and its content. */
export function badField(path: string, line: number, column: string, text: string, problem: string): DataError {
  const shown = text.length > 40 ? `${text.slice(0, 40)}...` : text;
  const what = text.trim() === '' ? 'is empty' : `says "${shown}", which is ${problem}`;
  return new DataError(`${path}, line ${line}: column ${column} ${what}; correct or remove the line.`);
}
