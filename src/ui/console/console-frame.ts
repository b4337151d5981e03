/** Draws the console for a terminal of any size: the command on top, the lines that are seen, and what keys do. */
import type { Size } from '../terminal/size.ts';
import { plural } from '../text/format.ts';
import { styledLine, withoutStart } from '../text/styled-line.ts';
import { BLANK, cutLine, type Line, lineWidth, span, spread } from '../text/view-line.ts';
import { type Browser, countOf, lineAt, offersAt, subjectOf, type Visit, visitOf } from './browser.ts';
import { HELP } from './help.ts';

/** Cells before each line of a page with subjects: where the reader is, and what is marked or can be opened. */
export const GUTTER = 2;
/** A terminal of fewer rows has no line between the command and the page. */
const ROOMY = 16;
const LEAST_COMMAND = 12;

/** How many lines of a page are seen. */
export function heightFor({ rows }: Size): number {
  return Math.max(1, rows - 1 - (rows < ROOMY ? 2 : 4));
}

/** A line that fills the last column makes some terminals wrap. */
export function widthFor({ columns }: Size): number {
  return Math.max(0, columns - 1);
}

/** @param reading the command that is being read, as a user types it */
export function drawConsole(browser: Browser, reading: string | null, size: Size): readonly Line[] {
  const width = widthFor(size);
  const height = heightFor(size);
  const rule: readonly Line[] = size.rows < ROOMY ? [] : [[span('─'.repeat(width), 'faint')]];
  const visit = visitOf(browser);
  const body = browser.isHelp ? helpLines(height) : visit === undefined ? [] : bodyLines(browser, visit, height);
  const blanks = Array.from({ length: Math.max(0, height - body.length) }, () => BLANK);
  return [
    browser.isHelp ? [span('keys of the console', 'strong')] : headLine(visit, height, width),
    ...rule,
    ...body,
    ...blanks,
    ...rule,
    footLine(browser, visit, reading, width),
  ].map((line) => cutLine(line, width));
}

function helpLines(height: number): readonly Line[] {
  return HELP.slice(0, height).map(([key, words]) => [span(key.padEnd(16), 'strong'), span(words)]);
}

function headLine(visit: Visit | undefined, height: number, width: number): Line {
  if (visit === undefined) return [span('restage console', 'strong')];
  const { page, filter, top } = visit;
  const count = countOf(visit);
  const last = Math.min(count, top + height);
  const place = count <= height ? plural(count, 'line') : `${top + 1}-${last} of ${count}`;
  const kept = filter === '' ? '' : `/${filter}  `;
  return spread([span(page.typed, 'strong')], [span(kept, 'warn'), span(place, 'faint')], width, LEAST_COMMAND);
}

function bodyLines({ marked }: Browser, visit: Visit, height: number): readonly Line[] {
  const { page, top, left, at } = visit;
  const isGuttered = page.subjects.size > 0;
  return Array.from({ length: Math.max(0, Math.min(height, countOf(visit) - top)) }, (_, row) => {
    const place = top + row;
    const number = lineAt(visit, place);
    const text = withoutStart(styledLine(page.lines[number] ?? ''), left);
    if (!isGuttered) return text;
    const subject = page.subjects.get(number);
    const isMarked = subject !== undefined && marked.includes(subject.reference);
    const sign = span(isMarked ? '*' : ' ', 'warn');
    if (place !== at) return [span(' '), sign, ...text];
    return [
      span('>', 'live'),
      sign,
      ...text.map(({ text: words, tone }) => span(words, tone === 'plain' ? 'live' : tone)),
    ];
  });
}

function footLine(browser: Browser, visit: Visit | undefined, reading: string | null, width: number): Line {
  if (browser.typing !== null) return [span('/', 'strong'), span(browser.typing), span('█', 'faint')];
  if (reading !== null) return [span(`reading: ${reading} ...`, 'live')];
  if (browser.isHelp) return [span('any key goes back', 'faint')];
  if (visit === undefined) return BLANK;
  const subject = subjectOf(visit);
  const name: Line = subject === null ? [] : [span(`${nameOf(subject.reference)}  `, 'live')];
  const marks: Line =
    browser.marked.length === 0
      ? []
      : [
          span(`marked ${browser.marked.map(nameOf).join(' ')}, `, 'warn'),
          span('d', 'strong'),
          span(' diff  ', 'warn'),
        ];
  const offers = [
    ...offersAt(visit).map(({ key, word }) => [key, word] as const),
    ...(browser.visits.length > 1 ? [['Esc', 'back'] as const] : []),
  ];
  const help: Line = [span('?', 'strong'), span(' help', 'faint')];
  let room = width - lineWidth(marks) - lineWidth(name) - lineWidth(help);
  // Each key is shown with its word, or not at all; help stays, since it lists them all.
  const shown = offers.flatMap(([key, word]) => {
    const piece = [span(key, 'strong'), span(` ${word}  `, 'faint')];
    room -= lineWidth(piece);
    return room >= 0 ? piece : [];
  });
  return [...marks, ...name, ...shown, ...help];
}

/** A digest by as much of it as tells it apart for a reader. */
function nameOf(reference: string): string {
  return /^[0-9a-f]{16,}$/.test(reference) ? reference.slice(0, 8) : reference;
}
