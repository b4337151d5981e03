/**
 * Reading a Parquet file into a table: one column of one row group at a time, so that memory holds the wanted columns
 * and little more.
 */
import { type Table, tableOf } from '../../core/artifact/tensors.ts';
import { ARRAYS, type TypedArray } from '../../core/artifact/dtypes.ts';
import { DataError } from '../../errors.ts';
import type { CsvColumn } from '../csv/csv-column.ts';
import { columnFiller } from './parquet-column.ts';
import { findColumns, type ParquetFile, withParquet } from './parquet-source.ts';

export interface ReadParquetOptions {
  readonly signal?: AbortSignal;
}

/**
 * Reads columns of a Parquet file, as `readCsv` reads those of a CSV file; without `columns`, all of them.
 *
 *     const events = await readParquet('events.parquet', { EventId: 'int32', Label: { codes: { b: 0, s: 1 } } });
 *
 * | in the file                      | default   | what may be asked for                                           |
 * |----------------------------------|-----------|-----------------------------------------------------------------|
 * | float, double, half, decimal     | float32, float64, float32, float64 | any number type; rounded to a float, else integers in its range |
 * | int8 to int32, uint8 to uint32   | the same  | any number type                                                 |
 * | int64, uint64                    | float64, if it holds every value exactly | any number type; float64 rounds           |
 * | boolean                          | uint8     | any number type                                                 |
 * | text, also dictionary-encoded    | refused   | `{ codes }`                                                     |
 * | date, time, nested, other binary | refused   | refused                                                         |
 *
 * A null is NaN in a column of floats, and refused in any other. Compressed pages are read if they are snappy, gzip or
 * brotli, and zstd on Node 22.15 or later.
 *
 * @throws DataError in one sentence naming file, row (counted from 1) and column
 */
export async function readParquet(path: string): Promise<Table>;
export async function readParquet<Columns extends string>(
  path: string,
  columns: Readonly<Record<Columns, CsvColumn>>,
  options?: ReadParquetOptions,
): Promise<Table<Columns>>;
export async function readParquet(
  path: string,
  columns?: Readonly<Record<string, CsvColumn>>,
  { signal }: ReadParquetOptions = {},
): Promise<Table> {
  if (columns !== undefined && Object.keys(columns).length === 0)
    throw new RangeError('readParquet needs at least one column to read.');
  return withParquet(path, async (file) => {
    const names = columns === undefined ? file.columns.map(({ element }) => element.name) : Object.keys(columns);
    // All types are checked before any values are read.
    const fillers = findColumns(file, names).map((column, c) => columnFiller(path, column, columns?.[names[c]!]));
    const arrays = fillers.map(({ dtype }) => allocate(file, dtype));
    let start = 0;
    for (const count of file.groups) {
      for (const [c, filler] of fillers.entries()) {
        signal?.throwIfAborted();
        let at = start;
        for (const page of await file.read(names[c]!, start, start + count)) {
          if (at + page.length > start + count) throw uneven(path, names[c]!);
          filler.fill(page, arrays[c]!, at);
          at += page.length;
        }
        if (at !== start + count) throw uneven(path, names[c]!);
      }
      start += count;
    }
    // Entries, not assignments: a name may be __proto__.
    return tableOf(Object.fromEntries(names.map((name, c) => [name, arrays[c]!])));
  });
}

function allocate({ path, rows }: ParquetFile, dtype: keyof typeof ARRAYS): TypedArray {
  try {
    return new ARRAYS[dtype](rows);
  } catch (cause) {
    throw new DataError(`${path} says that it has ${rows} rows, which do not fit into memory; check the file.`, {
      cause,
    });
  }
}

function uneven(path: string, column: string): DataError {
  return new DataError(
    `${path} is damaged as a Parquet file (column ${column} has another number of rows than its row group); fetch or write it again.`,
  );
}
