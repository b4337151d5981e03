/**
 * The tokenizer: lines of bytes into staged rows. Complete lines only; `read-csv.ts` splits a stream into them.
 * A field may be quoted, but no field may hold a line break.
 */
import { DataError } from '../../errors.ts';
import { BLOCK_ROWS, type ColumnSink } from '../columns/column-sink.ts';
import { badField, type FieldReader } from './csv-column.ts';

export interface RowLayout {
  readonly path: string;
  /** For each field of a line, the index of the column that it fills, or -1. */
  readonly targets: Int32Array;
  readonly readers: readonly FieldReader[];
  readonly names: readonly string[];
}

export class RowReader {
  readonly #layout: RowLayout;
  readonly #sink: ColumnSink;
  #stagedRows = 0;
  /** Of the line being read, counted from 1, the header included. */
  #line = 1;
  /**
   * In a file of one column: the empty line before the next one, which is an empty value unless the file ends there.
   */
  #emptyLine = 0;

  constructor(layout: RowLayout, sink: ColumnSink) {
    this.#layout = layout;
    this.#sink = sink;
  }

  /** Reads all lines in `bytes[start, end)`. The last one needs no line break. @throws DataError */
  read(bytes: Uint8Array, start: number, end: number): void {
    const { targets, readers } = this.#layout;
    const { staged } = this.#sink;
    const fields = targets.length;
    let at = start;
    while (at < end) {
      this.#line++;
      if (bytes[at] === NEWLINE || (bytes[at] === RETURN && (at + 1 === end || bytes[at + 1] === NEWLINE))) {
        at += bytes[at] === NEWLINE ? 1 : 2;
        if (fields === 1) this.#skipEmpty();
        continue;
      }
      if (this.#emptyLine > 0) this.#takeEmpty();
      for (let field = 0; ; field++) {
        let from = at;
        let to: number;
        if (bytes[at] === QUOTE) {
          from = at + 1;
          to = this.#closingQuote(bytes, from, end);
          at = this.#afterQuote(bytes, to + 1, end);
        } else {
          while (at < end && bytes[at] !== COMMA && bytes[at] !== NEWLINE) at++;
          to = at;
        }
        const isLast = at >= end || bytes[at] === NEWLINE;
        if (isLast && to > from && bytes[to - 1] === RETURN) to--;
        const target = field < fields ? targets[field]! : -1;
        if (target >= 0) {
          const value = readers[target]!.read(bytes, from, to);
          if (Number.isNaN(value)) this.#check(target, bytes, from, to);
          staged[target * BLOCK_ROWS + this.#stagedRows] = value;
        }
        at++;
        if (isLast) {
          if (field + 1 !== fields) throw this.#raggedLine(field + 1);
          break;
        }
      }
      if (++this.#stagedRows === BLOCK_ROWS) this.#flush();
    }
  }

  /** Hands all rows to the sink, after the last line. */
  finish(): void {
    // A column with a code for the empty word may well end with it.
    const [first] = this.#layout.readers;
    if (this.#emptyLine > 0 && !Number.isNaN(first!.read(NOTHING, 0, 0))) this.#takeEmpty();
    this.#flush();
  }

  #flush(): void {
    this.#sink.flush(this.#stagedRows);
    this.#stagedRows = 0;
  }

  #skipEmpty(): void {
    const line = this.#line;
    if (this.#emptyLine > 0) this.#takeEmpty();
    this.#emptyLine = line;
  }

  /** The empty line is a row of one empty field, as it would be in a file of more columns. */
  #takeEmpty(): void {
    const line = this.#line;
    this.#line = this.#emptyLine;
    this.#emptyLine = 0;
    const value = this.#layout.readers[0]!.read(NOTHING, 0, 0);
    if (Number.isNaN(value)) this.#check(0, NOTHING, 0, 0);
    this.#line = line;
    this.#sink.staged[this.#stagedRows] = value;
    if (++this.#stagedRows === BLOCK_ROWS) this.#flush();
  }

  #check(target: number, bytes: Uint8Array, start: number, end: number): void {
    const { path, readers, names } = this.#layout;
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();
    const problem = readers[target]!.explain(text);
    if (problem !== undefined) throw badField(path, this.#line, names[target]!, text, problem);
  }

  #closingQuote(bytes: Uint8Array, start: number, end: number): number {
    for (let at = start; at < end && bytes[at] !== NEWLINE; at++) {
      if (bytes[at] !== QUOTE) continue;
      if (bytes[at + 1] !== QUOTE) return at;
      at++;
    }
    throw new DataError(
      `${this.#layout.path}, line ${this.#line}: a quoted field is not closed on its line; close it, or remove the line breaks from it.`,
    );
  }

  /**
   * The index of the separator after a quoted field, or `end`.
   * @throws DataError if anything but spaces comes before it
   */
  #afterQuote(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && bytes[at] === SPACE) at++;
    if (bytes[at] === RETURN && (at + 1 >= end || bytes[at + 1] === NEWLINE)) at++;
    if (at >= end || bytes[at] === COMMA || bytes[at] === NEWLINE) return at;
    throw new DataError(
      `${this.#layout.path}, line ${this.#line}: text follows the closing quote of a field; put a comma between them, or write a quote within a field twice.`,
    );
  }

  #raggedLine(found: number): DataError {
    const expected = this.#layout.targets.length;
    return new DataError(
      `${this.#layout.path}, line ${this.#line}: ${count(found)} where the header has ${expected}; correct or remove the line.`,
    );
  }
}

const NOTHING = Buffer.alloc(0);
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;

function count(fields: number): string {
  return fields === 1 ? '1 field' : `${fields} fields`;
}
