/** Standardisation: columns to mean 0 and standard deviation 1, missing values left missing. */
import type { Table } from '../../core/artifact/tensors.ts';
import { DataError } from '../../errors.ts';

/** The result of `fitScaler` for each column. Plain JSON. */
export interface Scaler {
  readonly columns: readonly ScaledColumn[];
}

export interface ScaledColumn {
  readonly name: string;
  readonly mean: number;
  /** The population standard deviation, or 1 for a constant column. */
  readonly scale: number;
}

/**
 * Fits mean and population standard deviation of the named columns, in float64 and two passes, without the NaNs.
 * Finite values of any size will do: sums are taken in units of a power of two near the greatest, which costs no digit.
 *
 * @throws DataError if a column is missing, is NaN in every row, or holds an infinity.
 */
export function fitScaler<Columns extends string>(table: Table<Columns>, names: readonly Columns[]): Scaler {
  return { columns: names.map((name) => fitColumn(name, columnOf(table, name))) };
}

/**
 * A table with the scaler's columns as float32 (x - mean) / scale and all other columns as they are. NaN stays NaN.
 *
 * @throws DataError if a column is missing.
 */
export function applyScaler<Columns extends string>(scaler: Scaler, table: Table<Columns>): Table<Columns> {
  const scaled = scaler.columns.map(({ name, mean, scale }) => {
    const column = columnOf(table, name);
    const scaledValue = (value: number): number => {
      const deviation = value - mean;
      return Number.isFinite(deviation) ? deviation / scale : value / scale - mean / scale;
    };
    return [name, Float32Array.from({ length: table.rows }, (_, i) => scaledValue(column[i]!))] as const;
  });
  return { rows: table.rows, columns: { ...table.columns, ...Object.fromEntries(scaled) } };
}

function fitColumn(name: string, column: ArrayLike<number>): ScaledColumn {
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!;
    if (Number.isNaN(value)) continue;
    if (!Number.isFinite(value))
      throw new DataError(`Column ${name} holds ${value} in row ${i}; make it NaN or drop it.`);
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  if (least > greatest) throw new DataError(`Column ${name} has no value to standardise by: it is NaN in every row.`);
  // Not by a deviation of 0: the rounding of the mean gives a constant column a tiny one.
  if (least === greatest) return { name, mean: least, scale: 1 };
  const unit = powerOfTwoBelow(Math.max(Math.abs(least), Math.abs(greatest)));
  let count = 0;
  let sum = 0;
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!;
    if (Number.isNaN(value)) continue;
    count++;
    sum += value / unit;
  }
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < column.length; i++) {
    const deviation = column[i]! / unit - mean;
    if (!Number.isNaN(deviation)) squares += deviation * deviation;
  }
  return { name, mean: mean * unit, scale: Math.sqrt(squares / count) * unit };
}

/** The greatest power of two of at most `value`, a positive number; at least the smallest normal one. */
function powerOfTwoBelow(value: number): number {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, Math.max(value, 2 ** -1022));
  // Sign and mantissa cleared: the exponent alone is left.
  bits.setBigUint64(0, bits.getBigUint64(0) & 0x7ff0_0000_0000_0000n);
  return bits.getFloat64(0);
}

function columnOf(table: Table, name: string): ArrayLike<number> {
  const column = table.columns[name];
  if (column === undefined)
    throw new DataError(`The table has no column ${name}; it has ${Object.keys(table.columns).join(', ')}.`);
  return column;
}
