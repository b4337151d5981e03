/**
 * Reading a table from a file of either format, told by its first bytes. The reader of the format reports what is wrong
 * with a file.
 */
import type { Table } from '../core/artifact/tensors.ts';
import type { CsvColumn } from './csv/csv-column.ts';
import { startsAsParquet, withParquet } from './parquet/parquet-source.ts';
import { readCsv, readCsvHeader } from './csv/read-csv.ts';
import { readParquet } from './parquet/read-parquet.ts';

/**
 * `readParquet` for a Parquet file, else `readCsv`. For the same numbers and words they give the same table, except for
 * missing values: a null of Parquet is NaN in a column of floats and refused in any other, while CSV has no null: an
 * empty field is refused as a number, and as a word it is the empty word, refused like any word without a code. @throws
 * DataError
 */
export async function readTable<Columns extends string>(
  path: string,
  columns: Readonly<Record<Columns, CsvColumn>>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Table<Columns>> {
  return (await isParquet(path)) ? readParquet(path, columns, options) : readCsv(path, columns, options);
}

/** The names of the file's columns, in their order: to see what a file is before reading it. @throws DataError */
export async function readTableHeader(
  path: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly string[]> {
  if (!(await isParquet(path))) return readCsvHeader(path, options);
  return withParquet(path, ({ columns }) => Promise.resolve(columns.map(({ element }) => element.name)));
}

/** Whether `readTable` treats the file as Parquet, whose rows have no lines; false for one that cannot be read. */
export async function isParquet(path: string): Promise<boolean> {
  return startsAsParquet(path).catch(() => false);
}
