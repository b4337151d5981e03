/** A JSON value for people: a list of records as a table, anything else as indented JSON. */
import { formatNumber, plural } from '../../../ui/text/format.ts';
import { tableLines } from '../../output/table.ts';

type Scalar = string | number | boolean | null;
type Row = Readonly<Record<string, Scalar>>;

/** @param most lines; more are counted, not shown */
export function valueLines(value: unknown, most: number, width: number): readonly string[] {
  const table = recordsIn(value);
  if (table === undefined) {
    const lines = JSON.stringify(value, null, 2).split('\n');
    return lines.length <= most ? lines : [...lines.slice(0, most), '...'];
  }
  const titles = [...new Set(table.flatMap((row) => Object.keys(row)))];
  const shown = table.slice(0, most).map((row) => titles.map((title) => scalarText(row[title])));
  const rest = table.length - shown.length;
  return [
    ...tableLines(
      titles.map((title) => ({ title, least: 8 })),
      shown,
      width,
    ),
    ...(rest > 0 ? [`and ${plural(rest, 'row')} more`] : []),
  ];
}

/** The rows of a list whose every item is an object of scalars; undefined for anything else. */
export function recordsIn(value: unknown): readonly Row[] | undefined {
  if (!Array.isArray(value) || value.length === 0) return undefined;
  return value.every(isRow) ? value : undefined;
}

function isRow(value: unknown): value is Row {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every((member) => typeof member !== 'object' || member === null)
  );
}

function scalarText(value: Scalar | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'number' ? formatNumber(value) : String(value);
}
