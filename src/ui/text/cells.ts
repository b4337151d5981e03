/** Text measured in terminal cells and fitted to them: one line, no control characters, shortened with an ellipsis. */
import { stripVTControlCharacters } from 'node:util';

const WIDE =
  /[\u1100-\u115f\u2329\u232a\u2e80-\u303e\u3041-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const NARROW = /^[\x20-\x7e\u2500-\u259f\u00a0-\u00ff…·–]*$/;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** How many terminal columns the text takes. */
export function cellWidth(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const { segment } of graphemes.segment(text)) width += WIDE.test(segment) ? 2 : 1;
  return width;
}

/** Foreign text as one line of visible characters: a stage may print tabs, colours or a bell. */
export function plainLine(text: string): string {
  // A progress bar rewrites its line with carriage returns: only the last version counts.
  const last = text.slice(text.trimEnd().lastIndexOf('\r') + 1);
  return stripVTControlCharacters(last)
    .replace(/\t/g, '  ')
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '');
}

/** At most `width` cells; text that is too long ends in an ellipsis. */
export function cut(text: string, width: number): string {
  if (width <= 0) return '';
  if (cellWidth(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const cells = cellWidth(segment);
    if (used + cells > width - 1) break;
    kept += segment;
    used += cells;
  }
  return `${kept}…`;
}

/** Exactly `width` cells, padded or shortened. */
export function fit(text: string, width: number, side: 'left' | 'right' = 'left'): string {
  const short = cut(text, width);
  const blank = ' '.repeat(Math.max(0, width - cellWidth(short)));
  return side === 'left' ? short + blank : blank + short;
}

/** Removes the middle: the start and the end of `train-fold@fold=10,seed=3` tell more than its middle. */
export function cutMiddle(text: string, width: number): string {
  if (cellWidth(text) <= width || width < 8) return cut(text, width);
  const letters = [...graphemes.segment(text)].map(({ segment }) => segment);
  let tail = '';
  while (cellWidth(tail) < Math.floor((width - 1) / 2)) tail = letters.pop()! + tail;
  return cut(letters.join(''), width - cellWidth(tail)) + tail;
}

const LEAST_STAGE = 4;

/** Shortens a node's name. Its key tells it from other nodes of its stage, so the stage's part shrinks first. */
export function cutNode(node: string, width: number): string {
  const at = node.indexOf('@');
  if (at < 0 || cellWidth(node) <= width) return cutMiddle(node, width);
  const [stage, key] = [node.slice(0, at), node.slice(at)];
  const room = width - cellWidth(key);
  if (room >= LEAST_STAGE) return cut(stage, room) + key;
  if (width < 3 * LEAST_STAGE) return cutMiddle(node, width);
  return cut(stage, LEAST_STAGE) + cut(key, width - LEAST_STAGE);
}
