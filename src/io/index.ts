/**
 * The public entry "restage/io": tables and weights from files and back. It does not know about stages; stages call it.
 */
export type { CsvColumn } from './csv/csv-column.ts';
export { readCsv, readCsvHeader } from './csv/read-csv.ts';
export { readParquet, type ReadParquetOptions } from './parquet/read-parquet.ts';
export { isParquet, readTable, readTableHeader } from './read-table.ts';
export { writeCsv } from './csv/write-csv.ts';
export { writeParquet } from './parquet/write-parquet.ts';
export { writeNpz } from './weights/npz.ts';
export { readWeights } from './weights/read-weights.ts';
export { writeSafetensors } from './weights/safetensors.ts';
