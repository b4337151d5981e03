/** Breaks text into lines of limited width, between words. A longer word keeps a line of its own, so that paths stay whole. */
import { cellWidth } from './cells.ts';

/** Joins words into lines of at most `width` cells. */
export function wrapWords(words: readonly string[], width: number, separator = ' '): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line}${separator}${word}`;
    if (line !== '' && cellWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}

/** In fewer columns than these, words on lines of their own read worse than the terminal's own wrapping. */
const LEAST_WIDTH = 20;

/** Lines of at most `width` cells; all but the first start with `indent` blanks. */
export function wrapText(text: string, width: number, indent: number): readonly string[] {
  if (cellWidth(text) <= width || width - indent < LEAST_WIDTH) return [text];
  const [start] = /^ */.exec(text)!;
  const [first = '', ...words] = text.slice(start.length).split(' ');
  const lines = wrapWords([`${start}${first}`, ...words], width);
  const head = lines[0] ?? '';
  const rest = wrapWords(text.slice(head.length + 1).split(' '), Math.max(1, width - indent));
  return rest.length === 0 ? [head] : [head, ...rest.map((line) => `${' '.repeat(indent)}${line}`)];
}
