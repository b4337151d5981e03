/** Writing a table as CSV: the shortest text of each number that reads back to the same bits of its type. */
import { wordsOf } from '../columns/word-codes.ts';
import type { Table } from '../../core/artifact/tensors.ts';
import type { TypedArray } from '../../core/artifact/dtypes.ts';

/**
 * The table as comma-separated UTF-8 text with a header line, in chunks of some thousand rows. Columns are in the
 * table's order. `words` gives the word for each code of a column, the reverse of `readCsv`'s `codes`.
 *
 *     const bytes = Buffer.concat([...writeCsv(table, { words: { Label: ['b', 's'] } })]);
 */
export function* writeCsv<Columns extends string>(
  table: Table<Columns>,
  options: { readonly words?: Partial<Readonly<Record<Columns, readonly string[]>>> } = {},
): Generator<Uint8Array, void, void> {
  const names = Object.keys(table.columns) as Columns[];
  yield Buffer.from(`${names.map(quoted).join(',')}\n`);
  const format = names.map((name) => formatter(name, table.columns[name], wordsOf(options.words, name)));
  for (let start = 0; start < table.rows; start += CHUNK_ROWS) {
    let text = '';
    const end = Math.min(table.rows, start + CHUNK_ROWS);
    for (let row = start; row < end; row++) {
      const before = text.length;
      for (let c = 0; c < format.length; c++) text += (c === 0 ? '' : ',') + format[c]!(row);
      // An empty line would not be a row to every reader.
      text += text.length === before ? '""\n' : '\n';
    }
    yield Buffer.from(text);
  }
}

const CHUNK_ROWS = 4096;

function formatter(name: string, column: TypedArray, words: readonly string[] | undefined): (row: number) => string {
  if (words !== undefined)
    return (row) => {
      const word = words[column[row]!];
      if (word === undefined) throw new RangeError(`Column ${name} has no word for its code ${column[row]!}.`);
      return quoted(word);
    };
  return column instanceof Float32Array ? (row) => shortFloat32(column[row]!) : (row) => doubleText(column[row]!);
}

function doubleText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}

/** Nine significant digits always distinguish two float32 values; fewer usually do. */
function shortFloat32(value: number): string {
  if (!Number.isFinite(value) || value === 0) return doubleText(value);
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

function quoted(text: string): string {
  return /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
