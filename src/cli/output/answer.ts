/**
 * The rows of a query of the user's own as a table, CSV or JSON. CSV and JSON are written as the rows come, so a result
 * of any length takes little memory. BLOBs are hexadecimal digits in all three, as digests are elsewhere.
 */
import { jsonNumber } from '../../core/numeric/json-number.ts';
import { UsageError } from '../../errors.ts';
import type { Answer, SqlValue } from '../../store/query/own-query.ts';
import { plainLine } from '../../ui/text/cells.ts';
import { harmlessJson } from '../../ui/text/harmless.ts';
import { JSON_FORMAT } from '../../ui/reporters/json-reporter.ts';
import type { Io } from '../io/io.ts';
import { complain, writeLines } from './lines.ts';
import { screenOf } from './screen.ts';
import { tableLines } from './table.ts';

const BATCH_CHARACTERS = 1 << 16;
/** A column is cut to this width at the least where a line would wrap. */
const LEAST_WIDTH = 12;

/** @param limit rows; one more is read, to know whether there are more */
export function writeAnswerTable(io: Io, { columns, rows }: Answer, limit: number): void {
  const shown: (readonly SqlValue[])[] = [];
  let isCut = false;
  for (const row of rows) {
    isCut = shown.length === limit;
    if (isCut) break;
    shown.push(row);
  }
  const cells = shown.map((row) => row.map(cellOf));
  const titles = columns.map((title) => ({ title: plainLine(title), least: LEAST_WIDTH }));
  writeLines(io, tableLines(titles, cells, screenOf(io).width));
  if (isCut) complain(io, `these are the first ${limit} rows; --limit N shows more, and --csv and --json give all.`);
}

/** A null is dashed, as in other tables. */
function cellOf(value: SqlValue): string {
  return value === null ? '–' : plainLine(textOf(value).replaceAll('\n', ' '));
}

/** RFC 4180: null is nothing, and an empty text a pair of quotes. */
export function writeAnswerCsv(io: Io, { columns, rows }: Answer, limit: number | undefined): void {
  const out = new Batches(io);
  out.write(`${columns.map(csvField).join(',')}\n`);
  for (const row of upTo(rows, limit)) out.write(`${row.map(csvField).join(',')}\n`);
  out.end();
}

function csvField(value: SqlValue): string {
  if (value === null) return '';
  const text = textOf(value);
  return text === '' || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** One document, a line a row. @throws UsageError for columns of one name, which an object cannot have */
export function writeAnswerJson(io: Io, { columns, rows }: Answer, limit: number | undefined): void {
  const twice = columns.find((name, index) => columns.indexOf(name) < index);
  if (twice !== undefined)
    throw new UsageError(
      `Two columns of the query are called ${twice}; give one another name, as in: ${twice} AS other.`,
    );
  const out = new Batches(io);
  const names = columns.map((name) => JSON.stringify(name));
  out.write(`{\n  "format": ${JSON_FORMAT},\n  "kind": "rows",\n  "columns": [${names.join(', ')}],\n  "rows": [`);
  let separator = '\n';
  for (const row of upTo(rows, limit)) {
    const members = row.map((value, index) => `${names[index]!}: ${JSON.stringify(jsonOf(value))}`);
    out.write(harmlessJson(`${separator}    {${members.join(', ')}}`));
    separator = ',\n';
  }
  out.write(separator === '\n' ? ']\n}\n' : '\n  ]\n}\n');
  out.end();
}

/** Integers that a reader could not hold exactly are texts, and so are infinities. */
function jsonOf(value: SqlValue): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (typeof value === 'number') return jsonNumber(value);
  return value === null ? null : textOf(value);
}

function textOf(value: NonNullable<SqlValue>): string {
  return typeof value === 'object' ? Buffer.from(value).toString('hex') : String(value);
}

function* upTo(rows: Answer['rows'], limit = Infinity): Generator<readonly SqlValue[], void> {
  let count = 0;
  for (const row of rows) {
    yield row;
    if (++count >= limit) return;
  }
}

/** Writes many short texts at once. */
class Batches {
  readonly #io: Io;
  #text = '';

  constructor(io: Io) {
    this.#io = io;
  }

  write(text: string): void {
    this.#text += text;
    if (this.#text.length >= BATCH_CHARACTERS) this.end();
  }

  end(): void {
    if (this.#text !== '') this.#io.writeOut(this.#text);
    this.#text = '';
  }
}
