/** Lines of CSV (RFC 4180), for programs that read tables. */
import type { Io } from '../io/io.ts';

export type CsvCell = string | number | boolean | null | undefined;

/** Null and undefined are empty; numbers are written in full. */
export function writeCsvLines({ io }: { readonly io: Io }, rows: readonly (readonly CsvCell[])[]): void {
  io.writeOut(rows.map((row) => `${row.map(field).join(',')}\n`).join(''));
}

function field(cell: CsvCell): string {
  const text = String(cell ?? '');
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
