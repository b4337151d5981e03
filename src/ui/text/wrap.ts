/**
 * Breaks text into lines of limited width, between words. A longer word keeps a line of its own, so that paths stay
 * whole. A number stays with its unit, and a command to copy is one word.
 */
import { cellWidth } from './cells.ts';

/** Joins words into lines of at most `width` cells. */
export function wrapWords(words: readonly string[], width: number, separator = ' '): readonly string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of words) {
    const longer = line === '' ? word : `${line}${separator}${word}`;
    if (line !== '' && shownWidth(longer) > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return line === '' ? lines : [...lines, line];
}

function shownWidth(text: string): number {
  return cellWidth(shown(text));
}

/** The codes of style.ts take no room. */
function shown(text: string): string {
  return text.includes(ESCAPE) ? text.replace(CODES, '') : text;
}

const ESCAPE = '\u001b';
const CODES = /\x1b\[\d+m/g;
/** Where a line does not break. */
const NO_BREAK = '\u001f';

/** A text that `wrapText` does not break: a command, or a line of one, stays what a reader can copy. */
export function whole(text: string): string {
  return text.replaceAll(' ', NO_BREAK);
}

/** Blanks and colours before the first word. */
const START = /^(?:\x1b\[\d+m| )*/;
/** In fewer columns than these, words on lines of their own read worse than the terminal's own wrapping. */
const LEAST_WIDTH = 20;

/** Lines of at most `width` cells; all but the first start with `indent` blanks. */
export function wrapText(text: string, width: number, indent: number): readonly string[] {
  if (shownWidth(text) <= width || width - indent < LEAST_WIDTH) return [broken(text)];
  const [start] = START.exec(text)!;
  const [first = '', ...words] = unbroken(text.slice(start.length)).split(' ');
  const [head = '', ...more] = wrapWords([`${start}${first}`, ...words], width);
  const rest = wrapWords(
    more.flatMap((line) => line.split(' ')),
    Math.max(1, width - indent),
  );
  return [head, ...rest.map((line) => `${' '.repeat(indent)}${line}`)].map((line) => broken(line).trimEnd());
}

/** A label with a gap behind it: what follows stays in its column. */
const LABEL = /^ *\S+(?: \S+)*? {2,}(?=\S)/;
const WIDEST_LABEL = 24;

/**
 * Of a text that may have several lines: further lines of each are indented by 4 more than its first, or as its column
 * is.
 */
export function wrapLines(text: string, width: number): readonly string[] {
  return text.split('\n').flatMap((line) => {
    const plain = shown(line);
    const label = cellWidth(LABEL.exec(plain)?.[0] ?? '');
    const indent = label > 0 && label <= WIDEST_LABEL ? label : /^ */.exec(plain)![0].length + 4;
    return wrapText(line, width, indent);
  });
}

function broken(text: string): string {
  return text.replaceAll(NO_BREAK, ' ');
}

/**
 * Behind a colon that is not that of an error, in quotes or in parentheses; no comma or full stop ends a word of it.
 */
const COMMAND =
  /(?<!^restage: )(?<=: )(?:(?:npx )?restage|npm|apt-get)(?: (?:(?:"[^"]*"|'[^']*'|[^\s'"();,.]|[,.](?=\S))+|\.(?!\S)))+|"restage [^"]*"|\((?:npx )?restage [^()]*\)/g;
/** `42.8 s`, `(1.4 KiB`, `3 min 12 s`, `95 %`, `3.71 ± 0.10`, `2026-11-21 04:15:28`. */
const NUMBERS =
  /(?<=^|[\s(\[])[-+~<>]?\d[\d.,]*(?:e[-+]?\d+)?(?: (?:min|h) \d+)? (?:±\s\S+|(?:s|ms|min|h|%|B|[KMGT]iB)(?![^\s).,;:\]]))|\d{4}-\d\d-\d\d \d\d:\d\d/g;

function unbroken(text: string): string {
  return text.replace(COMMAND, whole).replace(NUMBERS, whole);
}
