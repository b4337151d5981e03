/** Reading a CSV file into a table: streams, so that memory holds the wanted columns and one chunk, never the text. */
import { type Table, tableOf } from '../../core/artifact/tensors.ts';
import type { TypedArray } from '../../core/artifact/dtypes.ts';
import { DataError } from '../../errors.ts';
import { ColumnSink } from '../columns/column-sink.ts';
import { type CsvColumn, fieldReader } from './csv-column.ts';
import { headerNames, matchColumns } from './csv-header.ts';
import { RowReader } from './csv-rows.ts';
import { expectedBytes, openText } from './text-source.ts';

/**
 * Reads the wanted columns of a comma-separated file with a header line, plain or gzip-compressed (detected by its
 * first bytes). Other columns are skipped. Numbers are exactly what `Number` makes of them, rounded to the column's
 * type.
 *
 *     const events = await readCsv('events.csv.gz', {
 *       EventId: 'int32',
 *       PRI_tau_pt: 'float32',
 *       Label: { codes: { b: 0, s: 1 } },
 *     });
 *
 * Tolerated: CRLF, a byte-order mark, quoted fields without line breaks, empty lines, a last line without a line break.
 * In a file of one column an empty line is an empty value, except for one at the end.
 *
 * @throws DataError in one sentence naming file, line and column: a column missing or there twice, a field that is not
 * a number of its type or not a word of its codes, a line with too few or too many fields, an empty, truncated or
 * binary file.
 */
export async function readCsv<Columns extends string>(
  path: string,
  columns: Readonly<Record<Columns, CsvColumn>>,
  options: { readonly signal?: AbortSignal } = {},
): Promise<Table<Columns>> {
  const names = Object.keys(columns) as Columns[];
  if (names.length === 0) throw new RangeError('readCsv needs at least one column to read.');
  const readers = names.map((name) => fieldReader(columns[name]));
  const sink = new ColumnSink(readers.map(({ dtype }) => dtype));
  const textBytes = await expectedBytes(path);
  let rows: RowReader | undefined;
  let carry: Buffer = Buffer.alloc(0);

  const start = (line: Buffer): void => {
    const targets = matchColumns(path, headerNames(headerText(path, line)), names);
    rows = new RowReader({ path, targets, readers, names }, sink);
  };

  for await (const chunk of openText(path, options.signal)) {
    let block = carry.length === 0 ? chunk : Buffer.concat([carry, chunk]);
    if (rows === undefined) {
      const end = headerEnd(path, block);
      if (end >= 0) {
        start(block.subarray(0, end));
        block = block.subarray(end + 1);
        sink.reserve(rowsExpected(block, textBytes));
      }
    }
    const end = rows === undefined ? 0 : block.lastIndexOf(NEWLINE) + 1;
    rows?.read(block, 0, end);
    carry = block.subarray(end);
  }
  if (rows === undefined) {
    checkNotEmpty(path, carry);
    start(carry);
  } else rows.read(carry, 0, carry.length);
  rows?.finish();
  const arrays = sink.finish();
  return tableOf(Object.fromEntries(names.map((name, c) => [name, arrays[c]!])) as Record<Columns, TypedArray>);
}

/**
 * The names of a CSV file's columns, in their order: to see what a file is before reading it.
 * @throws DataError in one sentence, if there is no such file, or it has no header line
 */
export async function readCsvHeader(
  path: string,
  options: { readonly signal?: AbortSignal } = {},
): Promise<readonly string[]> {
  let read: Buffer = Buffer.alloc(0);
  for await (const chunk of openText(path, options.signal)) {
    read = Buffer.concat([read, chunk]);
    const end = headerEnd(path, read);
    if (end >= 0) return headerNames(headerText(path, read.subarray(0, end)));
  }
  checkNotEmpty(path, read);
  return headerNames(headerText(path, read));
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const LONGEST_HEADER = 1 << 20;

/** How many rows a text of this length has, if all are like those at its beginning; with a little to spare. */
function rowsExpected(beginning: Buffer, textBytes: number | undefined): number {
  let rows = 0;
  let end = 0;
  for (let at = beginning.indexOf(NEWLINE); at >= 0; at = beginning.indexOf(NEWLINE, end)) {
    const isEmpty = at === end || (at === end + 1 && beginning[end] === RETURN);
    if (!isEmpty) rows++;
    end = at + 1;
  }
  return rows === 0 || textBytes === undefined ? 0 : Math.ceil((1.02 * rows * textBytes) / end);
}

/** Where the header line ends, or -1 if it goes on. @throws DataError if it is too long */
function headerEnd(path: string, beginning: Buffer): number {
  const end = beginning.indexOf(NEWLINE);
  if (end < 0 && beginning.length > LONGEST_HEADER) throw notText(path);
  return end;
}

function checkNotEmpty(path: string, content: Buffer): void {
  if (content.length === 0) throw new DataError(`${path} is empty; it should start with a header line.`);
}

/** The header line as text. @throws DataError if it cannot be text at all */
function headerText(path: string, line: Buffer): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(line);
  } catch {
    throw notText(path);
  }
  if (CONTROL.test(text)) throw notText(path);
  if (text.trim() === '') throw new DataError(`${path} starts with an empty line; it should start with a header line.`);
  return text;
}

/** Control characters other than tab, line feed and carriage return. */
const CONTROL = /[\0-\x08\x0b\x0c\x0e-\x1f]/;

function notText(path: string): DataError {
  return new DataError(
    `${path} is neither text nor gzip (it starts with bytes that no header line has); give a CSV file, plain or compressed with gzip.`,
  );
}
