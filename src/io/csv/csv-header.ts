/** The header line of a CSV file: its names, and the places of the wanted columns. It reads no rows. */
import { didYouMean } from '../../core/diagnostics/did-you-mean.ts';
import { DataError } from '../../errors.ts';

/** The names in a header line, without quotes and the spaces around a name. */
export function headerNames(line: string): readonly string[] {
  const names: string[] = [];
  const field = /\s*(?:"((?:[^"]|"")*)"\s*|([^,]*))(,|$)/y;
  for (;;) {
    const match = field.exec(line);
    // A quote that is never closed: the text itself is still the best name for it.
    if (match === null) return [...names, line.slice(names.length === 0 ? 0 : line.lastIndexOf(',') + 1)];
    names.push(match[1] === undefined ? match[2]!.trim() : match[1].replaceAll('""', '"'));
    if (match[3] === '') return names;
  }
}

/**
 * For each field of the file, which wanted column it fills: an index into `wanted`, or -1 for none.
 * @throws DataError if a wanted column is missing or there twice
 */
export function matchColumns(path: string, names: readonly string[], wanted: readonly string[]): Int32Array {
  const target = new Int32Array(names.length).fill(-1);
  for (const [index, column] of wanted.entries()) {
    const first = names.indexOf(column);
    if (first < 0)
      throw new DataError(
        `${path} has no column ${column}${didYouMean(column, names)}; its header names ${list(names)}.`,
      );
    const second = names.indexOf(column, first + 1);
    if (second >= 0)
      throw new DataError(
        `${path} has the column ${column} twice, as fields ${first + 1} and ${second + 1}; remove one of them.`,
      );
    target[first] = index;
  }
  return target;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 6).map((name) => (name.length > 40 ? `${name.slice(0, 40)}...` : name));
  return shown.join(', ') + (names.length > shown.length ? ` and ${names.length - shown.length} more` : '');
}
