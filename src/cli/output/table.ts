/**
 * Tables that fit the terminal: where a line would wrap, cells are cut that may be cut, and then columns left out that
 * may be left out. A pipe or a file gets everything.
 */
import { cellWidth, cut } from '../../ui/text/cells.ts';

export interface Column {
  readonly title: string;
  /** Cells may be cut to this width. */
  readonly least?: number;
  /** The column may be left out; of several, the one with the lowest rank first. */
  readonly rank?: number;
  /** The column is left out if every cell is empty or 0. */
  readonly sparse?: boolean;
}

/** A text, or a text and what colours it. */
export type Cell = string | readonly [text: string, paint: (text: string) => string];

const GAP = '  ';
/**
 * A number, also with its error or as a percentage; `same` in place of a difference, a dash for one that is missing, or
 * nothing.
 */
const NUMERIC = /^([+-]?[\d.]+(e[+-]?\d+)?( ± [\d.]+(e[+-]?\d+)?)?( %)?|same|–)?$/;

export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  width: number,
): readonly string[] {
  const kept = columns.flatMap((column, index) => {
    const texts = rows.map((row) => textOf(row[index]!));
    if (column.sparse === true && texts.every((text) => text === '' || text === '0')) return [];
    const widest = texts.reduce((width, text) => Math.max(width, cellWidth(text)), cellWidth(column.title));
    const right = rows.length > 0 && texts.every((text) => NUMERIC.test(text));
    return [{ ...column, index, width: widest, right }];
  });
  fit(kept, width);
  const line = (cells: readonly Cell[]): string =>
    kept
      .map((column) => drawn(cells[column.index]!, column))
      .join(GAP)
      .trimEnd();
  return [columns.map(({ title }) => title), ...rows].map(line);
}

interface Fitted extends Column {
  readonly index: number;
  width: number;
  readonly right: boolean;
}

function fit(columns: Fitted[], width: number): void {
  const excess = (): number =>
    columns.reduce((sum, column) => sum + column.width, 0) + GAP.length * (columns.length - 1) - width;
  const leastExcess = (): number =>
    excess() - columns.reduce((sum, { width: wide, least = wide }) => sum + Math.max(0, wide - least), 0);
  const ranked = columns.filter(({ rank }) => rank !== undefined).sort((a, b) => a.rank! - b.rank!);
  for (const column of ranked) if (leastExcess() > 0) columns.splice(columns.indexOf(column), 1);
  for (const column of columns.toReversed()) {
    const { least = column.width } = column;
    column.width = Math.max(Math.min(least, column.width), column.width - Math.max(0, excess()));
  }
}

function drawn(cell: Cell, { width, right }: Fitted): string {
  const text = cut(textOf(cell), width);
  const blank = ' '.repeat(width - cellWidth(text));
  const painted = typeof cell === 'string' ? text : cell[1](text);
  return right ? blank + painted : painted + blank;
}

function textOf(cell: Cell): string {
  return typeof cell === 'string' ? cell : cell[0];
}
