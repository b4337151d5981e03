/** Writing a table as Parquet: one row group at a time, the same bytes for the same table. */
import type { SchemaElement } from 'hyparquet';
import { withCanonicalNaN } from '../../core/artifact/canonical-nan.ts';
import { wordsOf } from '../columns/word-codes.ts';
import { dtypeOf, type Table } from '../../core/artifact/tensors.ts';
import type { DType, TypedArray } from '../../core/artifact/dtypes.ts';

/**
 * The table as a Parquet file, in chunks of a row group. Columns are in the table's order and keep their dtypes; all
 * are required (NaN stays NaN, with the same bits for every NaN; it does not become null). `words` gives the word for
 * each code of a column, as in `writeCsv`: it becomes text.
 *
 *     await pipeline(writeParquet(table), createWriteStream('events.parquet'));
 *
 * @throws RangeError for a code without a word
 */
export async function* writeParquet<Columns extends string>(
  table: Table<Columns>,
  options: {
    readonly words?: Partial<Readonly<Record<Columns, readonly string[]>>>;
    readonly compression?: 'snappy' | 'none';
  } = {},
): AsyncGenerator<Uint8Array, void, void> {
  const { ByteWriter, ParquetWriter } = await import('hyparquet-writer');
  const { words = {}, compression = 'snappy' } = options;
  const columns = Object.entries<TypedArray>(table.columns).map(([name, data]) => {
    const told = wordsOf(words, name);
    return { name, data, words: told, element: elementOf(name, dtypeOf(data), told !== undefined) };
  });
  const writer = new ByteWriter();
  const file = new ParquetWriter({
    writer,
    schema: [{ name: 'root', num_children: columns.length }, ...columns.map(({ element }) => element)],
    codec: compression === 'snappy' ? 'SNAPPY' : 'UNCOMPRESSED',
    createdBy: 'restage',
  });
  const take = (): Uint8Array => {
    const bytes = writer.getBytes().slice();
    writer.index = 0;
    return bytes;
  };
  for (let start = 0; start < table.rows; start += GROUP_ROWS) {
    const end = Math.min(table.rows, start + GROUP_ROWS);
    const columnData = columns.map(({ name, data, words: told }) => ({
      name,
      data: valuesOf(name, data.subarray(start, end), told),
      // The writer's dictionary treats -0 as 0.
      ...(told === undefined && FLOATS.has(dtypeOf(data)) && { encoding: 'PLAIN' as const }),
    }));
    await file.write({ columnData, rowGroupSize: GROUP_ROWS });
    yield take();
  }
  await file.finish();
  yield take();
}

const GROUP_ROWS = 65_536;
const FLOATS: ReadonlySet<DType> = new Set(['float32', 'float64']);

const TYPES: Readonly<Record<DType, Omit<SchemaElement, 'name'>>> = {
  float32: { type: 'FLOAT' },
  float64: { type: 'DOUBLE' },
  int8: { type: 'INT32', converted_type: 'INT_8' },
  uint8: { type: 'INT32', converted_type: 'UINT_8' },
  int16: { type: 'INT32', converted_type: 'INT_16' },
  uint16: { type: 'INT32', converted_type: 'UINT_16' },
  int32: { type: 'INT32' },
  uint32: { type: 'INT32', converted_type: 'UINT_32' },
};

function elementOf(name: string, dtype: DType, isText: boolean): SchemaElement {
  const type = isText ? ({ type: 'BYTE_ARRAY', converted_type: 'UTF8' } as const) : TYPES[dtype];
  return { name, ...type, repetition_type: 'REQUIRED' };
}

/**
 * A group's rows in the form that the writer accepts: 32-bit integers for all narrower ones, unsigned ones as a list.
 */
function valuesOf(
  name: string,
  data: TypedArray,
  words: readonly string[] | undefined,
): Float32Array | Float64Array | Int32Array | number[] | string[] {
  if (words !== undefined)
    return Array.from(data, (code) => {
      const word = words[code];
      if (word === undefined) throw new RangeError(`Column ${name} has no word for its code ${code}.`);
      return word;
    });
  if (data instanceof Float32Array || data instanceof Float64Array) return withCanonicalNaN(data);
  return data instanceof Uint32Array ? Array.from(data) : Int32Array.from(data);
}
