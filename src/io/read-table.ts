/** Reading a table from a file of either format, told by its first bytes. */
import type { Table } from '../core/tensors.ts';
import type { CsvColumn } from './csv-column.ts';
import { startsAsParquet } from './parquet-source.ts';
import { readCsv } from './read-csv.ts';
import { readParquet } from './read-parquet.ts';

/** `readParquet` for a Parquet file, else `readCsv`: of the same rows they give the same table. @throws DataError */
export async function readTable<Columns extends string>(
  path: string,
  columns: Readonly<Record<Columns, CsvColumn>>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Table<Columns>> {
  // What is wrong with the file is said by its reader.
  const isParquet = await startsAsParquet(path).catch(() => false);
  return isParquet ? readParquet(path, columns, options) : readCsv(path, columns, options);
}
