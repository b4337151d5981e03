/**
 * From a Parquet column's type to a column of a table: its default dtype, and the conversion of its values to another.
 */
import type { SchemaTree } from 'hyparquet';
import type { DType, TypedArray } from '../../core/artifact/dtypes.ts';
import { DataError } from '../../errors.ts';
import type { CsvColumn } from '../csv/csv-column.ts';
import { decimalScale } from './parquet-decimal.ts';
import type { Values } from './parquet-source.ts';
import { wordCoder } from '../columns/word-codes.ts';

/** Puts values into `target` from row `at` on. @throws DataError naming the row, counted from 1 */
export interface ColumnFiller {
  readonly dtype: DType;
  fill(values: Values, target: TypedArray, at: number): void;
}

/**
 * How a column of the file becomes the wanted type, or, if none is given, its default type.
 * @throws DataError for a type that no table can hold
 */
export function columnFiller(path: string, column: SchemaTree, wanted: CsvColumn | undefined): ColumnFiller {
  const { name } = column.element;
  const kind = kindOf(column);
  const refuse = (why: string): never => {
    throw new DataError(`${path}: column ${name} ${why}.`);
  };
  if (typeof kind === 'object') return refuse(`is ${kind.unfit}, which no table can hold; omit or convert it`);
  if (typeof wanted === 'object') {
    if (kind !== 'text') return refuse(`is ${kind}, not text, so it has no words to code; ask for it as a number type`);
    return codeFiller(path, name, wanted.codes);
  }
  if (kind === 'text')
    return refuse('is text, which no table can hold; say which number each word stands for: { codes: { ... } }');
  return numberFiller(path, name, wanted ?? NATURAL[kind], wanted === undefined && kind === 'int64');
}

type Kind = DType | 'boolean' | 'int64' | 'decimal' | 'text';

/** The default type of a column. */
const NATURAL: Readonly<Record<Exclude<Kind, 'text'>, DType>> = {
  float32: 'float32',
  float64: 'float64',
  int8: 'int8',
  uint8: 'uint8',
  int16: 'int16',
  uint16: 'uint16',
  int32: 'int32',
  uint32: 'uint32',
  boolean: 'uint8',
  int64: 'float64',
  decimal: 'float64',
};

function kindOf({ element, children }: SchemaTree): Kind | { readonly unfit: string } {
  const { type, converted_type: converted, logical_type: logical, repetition_type: repetition } = element;
  if (children.length > 0 || repetition === 'REPEATED') return { unfit: 'nested (a list, map or struct)' };
  if (logical?.type === 'FLOAT16') return 'float32';
  if (decimalScale(element) !== undefined) return 'decimal';
  const meaning = logical?.type ?? converted ?? '';
  if (/^(DATE|TIME|TIMESTAMP|INTERVAL)/.test(meaning) || type === 'INT96') return { unfit: 'a date or a time' };
  switch (type) {
    case 'BOOLEAN':
      return 'boolean';
    case 'FLOAT':
      return 'float32';
    case 'DOUBLE':
      return 'float64';
    case 'INT64':
      return 'int64';
    case 'INT32': {
      const { bitWidth = 32, isSigned = true } = logical?.type === 'INTEGER' ? logical : widthOf(converted);
      const dtype = `${isSigned ? 'int' : 'uint'}${bitWidth}`;
      return dtype in RANGES ? (dtype as DType) : { unfit: `of type ${dtype}` };
    }
    case 'BYTE_ARRAY':
      return meaning === '' || /^(UTF8|STRING|ENUM)$/.test(meaning) ? 'text' : { unfit: `of type ${meaning}` };
    case 'FIXED_LEN_BYTE_ARRAY':
    case undefined:
      break;
  }
  return { unfit: `of type ${meaning === '' ? (type ?? 'none') : meaning}` };
}

function widthOf(converted: string | undefined): { readonly bitWidth?: number; readonly isSigned?: boolean } {
  const [, unsigned, width] = /^(U?)INT_(8|16|32)$/.exec(converted ?? '') ?? [];
  return width === undefined ? {} : { bitWidth: Number(width), isSigned: unsigned === '' };
}

const RANGES: Readonly<Partial<Record<DType, readonly [least: number, most: number]>>> = {
  int8: [-128, 127],
  uint8: [0, 255],
  int16: [-32768, 32767],
  uint16: [0, 65535],
  int32: [-2147483648, 2147483647],
  uint32: [0, 4294967295],
};

/** The largest double that still rounds to a finite float32. */
const FLOAT32_LIMIT = 3.4028235677973362e38;

/** @param exact whether integers that a double cannot hold are refused, where rounding was not asked for */
function numberFiller(path: string, name: string, dtype: DType, exact: boolean): ColumnFiller {
  const range = RANGES[dtype];
  const fail = (row: number, what: string): never => {
    throw new DataError(`${path}, row ${row + 1}: column ${name} ${what}.`);
  };
  const convert = (value: unknown, row: number): number => {
    if (value === null || value === undefined)
      return range === undefined
        ? Number.NaN
        : fail(row, `is null, which ${dtype} cannot hold; fill it in, or read the column as float32 or float64`);
    if (typeof value === 'bigint' && exact && BigInt(Number(value)) !== value)
      fail(row, `is ${value}, which float64 cannot hold exactly; ask for the column as float64 to have it rounded`);
    const number = Number(value);
    if (range === undefined) {
      if (dtype === 'float32' && Math.abs(number) > FLOAT32_LIMIT && Number.isFinite(number))
        fail(row, `is ${number}, which is too large for float32; read it as float64`);
      return number;
    }
    if (!Number.isInteger(number)) fail(row, `is ${number}, which is not an integer; read it as float32 or float64`);
    if (number < range[0] || number > range[1])
      fail(
        row,
        `is ${typeof value === 'bigint' ? value : number}, which is outside ${dtype} (${range[0]} to ${range[1]}); read it as a wider type`,
      );
    return number;
  };
  return {
    dtype,
    fill(values, target, at) {
      if (values.constructor === target.constructor) target.set(values as TypedArray, at);
      else for (let i = 0; i < values.length; i++) target[at + i] = convert(values[i], at + i);
    },
  };
}

function codeFiller(path: string, name: string, codes: Readonly<Record<string, number>>): ColumnFiller {
  const codeOf = wordCoder(codes);
  return {
    dtype: 'uint8',
    fill(values, target, at) {
      for (let i = 0; i < values.length; i++) {
        const value = values[i] as string | null | undefined;
        const code = value === null || value === undefined ? Number.NaN : codeOf(value);
        if (Number.isNaN(code)) {
          const shown = value !== null && value !== undefined && value.length > 40 ? `${value.slice(0, 40)}...` : value;
          const said = shown === null || shown === undefined ? 'is null' : `says "${shown}"`;
          throw new DataError(
            `${path}, row ${at + i + 1}: column ${name} ${said}, which is not one of ${Object.keys(codes).join(', ')}; correct or remove the row.`,
          );
        }
        target[at + i] = code;
      }
    },
  };
}
