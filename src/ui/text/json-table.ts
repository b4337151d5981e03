/** A list of JSON records as the lines of a table: a row a record, a column a member, as many as the width allows. */
import type { CanonicalValue } from '../../core/identity/canonical.ts';
import { cellWidth, cut } from './cells.ts';
import { formatTable } from './format.ts';
import { isList, memberWords, valueWord } from './value-words.ts';

export interface JsonTable {
  /** Empty strings where the records are lists, whose members have no names. */
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const MOST_CELL = 40;
const GAP = 2;

/** Undefined unless the value is a list, of one or more records: objects, or lists of one length. */
export function asTable(value: CanonicalValue): JsonTable | undefined {
  if (!isList(value) || value.length === 0) return undefined;
  if (value.every(isRecord)) return tableOfObjects(value);
  if (value.every(isList)) return tableOfLists(value);
  return undefined;
}

/** A heading, where the columns have names, and at most `rows` rows; none wider than `width`. */
export function tableLines({ columns, rows }: JsonTable, rowLimit: number, width: number): readonly string[] {
  const shown = rows.slice(0, rowLimit).map((row) => row.map((cell) => cut(cell, MOST_CELL)));
  const widths = columns.map((title, column) =>
    shown.reduce((most, row) => Math.max(most, cellWidth(row[column]!)), cellWidth(title)),
  );
  let fitting = columns.length;
  const total = (): number => widths.slice(0, fitting).reduce((sum, each) => sum + each + GAP, -GAP);
  const ellipsis = (): number => (fitting < columns.length ? GAP + 1 : 0);
  while (fitting > 1 && total() + ellipsis() > width) fitting--;
  const cells = (row: readonly string[]): readonly string[] =>
    fitting < row.length ? [...row.slice(0, fitting), '…'] : row;
  const lines = formatTable(cells(columns), shown.map(cells)).map((line) => cut(line, width));
  return columns.every((title) => title === '') ? lines.slice(1) : lines;
}

function tableOfObjects(records: readonly Readonly<Record<string, CanonicalValue>>[]): JsonTable {
  const members = records.map((record) => new Map(memberWords(record)));
  const columns = [...new Set(members.flatMap((row) => [...row.keys()]))];
  return { columns, rows: members.map((row) => columns.map((column) => row.get(column) ?? '')) };
}

function tableOfLists(records: readonly (readonly CanonicalValue[])[]): JsonTable | undefined {
  const length = records[0]!.length;
  if (length === 0 || records.some((record) => record.length !== length)) return undefined;
  const rows = records.map((record) => record.map((item) => valueWord(item) ?? '{…}'));
  return { columns: Array.from({ length }, () => ''), rows };
}

/** An object that is not one word: `{ value, error }` is. */
function isRecord(value: CanonicalValue): value is Readonly<Record<string, CanonicalValue>> {
  return typeof value === 'object' && value !== null && !isList(value) && valueWord(value) === undefined;
}
