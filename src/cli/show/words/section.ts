/** A part of what a verb shows: a heading, and rows or names with values below it. */
import { tableLines } from '../../output/table.ts';
import type { Screen } from '../../output/screen.ts';

const INDENT = '  ';

/** Nothing where there are no rows. The last column is cut where it would wrap. */
export function section(
  title: string,
  rows: readonly (readonly string[])[],
  { style, width }: Screen,
): readonly string[] {
  if (rows.length === 0) return [];
  const last = rows[0]!.length - 1;
  const columns = rows[0]!.map((_, index) => ({ title: '', ...(index === last ? { least: 20 } : {}) }));
  const [, ...lines] = tableLines(columns, rows, width - INDENT.length);
  return [style.bold(title), ...lines.map(indent)];
}

export function indent(line: string): string {
  return INDENT + line;
}
