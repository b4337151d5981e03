/** The public entry "restage/io": tables from files and back. It knows no stages; stages call it. */
export type { CsvColumn } from './csv-column.ts';
export { readCsv, readCsvHeader } from './read-csv.ts';
export { readParquet, type ReadParquetOptions } from './read-parquet.ts';
export { isParquet, readTable, readTableHeader } from './read-table.ts';
export { writeCsv } from './write-csv.ts';
export { writeParquet } from './write-parquet.ts';
