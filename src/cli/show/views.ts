/** The views of the record with their columns, as `restage sql` lists them. */
import type { View } from '../../store/query/views.ts';
import type { Screen } from '../output/screen.ts';
import { tableLines } from '../output/table.ts';

export function viewLines(views: readonly View[], { style, width }: Screen): readonly string[] {
  const widest = Math.max(...views.flatMap(({ columns }) => columns.map(([name]) => name.length)));
  return views.flatMap(({ name, about, columns }, index) => [
    ...(index === 0 ? [] : ['']),
    `${style.bold(name)}  ${about}`,
    ...tableLines(
      [{ title: '' }, { title: '' }, { title: '', least: 20 }],
      columns.map(([column, type, meaning]) => [
        `  ${column.padEnd(widest)}`,
        type.padEnd(7),
        meaning.replaceAll('`', ''),
      ]),
      width,
    ).slice(1),
  ]);
}
