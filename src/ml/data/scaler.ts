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
    return [name, Float32Array.from({ length: table.rows }, (_, i) => (column[i]! - mean) / scale)] as const;
  });
  return { rows: table.rows, columns: { ...table.columns, ...Object.fromEntries(scaled) } };
}

function fitColumn(name: string, column: ArrayLike<number>): ScaledColumn {
  let count = 0;
  let sum = 0;
  let least = Number.POSITIVE_INFINITY;
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!;
    if (Number.isNaN(value)) continue;
    if (!Number.isFinite(value))
      throw new DataError(`Column ${name} holds ${value} in row ${i}; make it NaN or drop it.`);
    count++;
    sum += value;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  if (count === 0) throw new DataError(`Column ${name} has no value to standardise by: it is NaN in every row.`);
  // Not by a deviation of 0: the rounding of the mean gives a constant column a tiny one.
  if (least === greatest) return { name, mean: least, scale: 1 };
  const mean = sum / count;
  let squares = 0;
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!;
    if (!Number.isNaN(value)) squares += (value - mean) * (value - mean);
  }
  return { name, mean, scale: Math.sqrt(squares / count) };
}

function columnOf(table: Table, name: string): ArrayLike<number> {
  const column = table.columns[name];
  if (column === undefined)
    throw new DataError(`The table has no column ${name}; it has ${Object.keys(table.columns).join(', ')}.`);
  return column;
}
