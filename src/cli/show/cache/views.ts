/** The views of the record with their columns, as `restage sql` lists them. */
import type { View } from '../../../store/query/views.ts';
import { wrapText } from '../../../ui/text/wrap.ts';
import type { Screen } from '../../output/screen.ts';

const TYPE = 7;

export function viewLines(views: readonly View[], { style, width }: Screen): readonly string[] {
  const widest = Math.max(...views.flatMap(({ columns }) => columns.map(([name]) => name.length)));
  return views.flatMap(({ name, about, columns }, index) => [
    ...(index === 0 ? [] : ['']),
    `${style.bold(name)}  ${about}`,
    ...columns.flatMap(([column, type, meaning]) => {
      const start = `  ${column.padEnd(widest)}  ${type.padEnd(TYPE)}  `;
      return wrapText(start + meaning.replaceAll('`', '"'), width, start.length);
    }),
  ]);
}
