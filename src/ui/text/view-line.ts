/** A line of the terminal view as data: pieces of text and their meaning. The Ink app turns meanings into colours. */
import { cellWidth, cut, fit, plainLine } from './cells.ts';
import { harmless } from './harmless.ts';

/** `live`: in progress; `faint`: secondary; the other names say what they mean. */
export type Tone = 'plain' | 'strong' | 'faint' | 'live' | 'good' | 'bad' | 'warn';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export type Line = readonly Span[];

export const BLANK: Line = [];

/** Nothing reaches the view but through here, and whatever it says, it is a piece of one line. */
export function span(text: string, tone: Tone = 'plain'): Span {
  return { text: /[\t\n]/.test(text) || harmless(text, false) !== text ? plainLine(text) : text, tone };
}

export function lineWidth(line: Line): number {
  return line.reduce((width, { text }) => width + cellWidth(text), 0);
}

/** The first `width` cells of the line. */
export function cutLine(line: Line, width: number): Line {
  const kept: Span[] = [];
  let left = width;
  for (const { text, tone } of line) {
    if (left <= 0) break;
    const short = cut(text, left);
    kept.push({ text: short, tone });
    left -= cellWidth(short);
  }
  return kept;
}

/**
 * Both on one line of `width` cells, at its two ends. The left part shrinks to `least` cells; then the right part is
 * dropped.
 */
export function spread(left: Line, right: Line, width: number, least: number): Line {
  const room = width - lineWidth(right) - 2;
  if (room < Math.min(least, lineWidth(left))) return cutLine(left, width);
  const short = cutLine(left, room);
  return [...short, span(' '.repeat(width - lineWidth(short) - lineWidth(right))), ...right];
}

/** `━━━━╸───`, with `share` of it filled. */
export function bar(share: number, width: number, tone: Tone): Line {
  const halves = Math.round(Math.min(1, Math.max(0, share)) * width * 2);
  const full = Math.floor(halves / 2);
  const half = halves % 2;
  return [span('━'.repeat(full) + '╸'.repeat(half), tone), span('─'.repeat(width - full - half), 'faint')];
}

/** A bar of several tones, one for each part of `total`. A part that is not 0 takes at least one cell. */
export function partedBar(
  parts: readonly { readonly count: number; readonly tone: Tone }[],
  total: number,
  width: number,
): Line {
  const shown = parts.filter(({ count }) => count > 0);
  if (shown.length <= 1) return bar(total === 0 ? 0 : (shown[0]?.count ?? 0) / total, width, shown[0]?.tone ?? 'faint');
  const ends = shown.map((_, k) => shown.slice(0, k + 1).reduce((sum, { count }) => sum + count, 0) / total);
  const line: Span[] = [];
  let at = 0;
  for (const [k, { tone }] of shown.entries()) {
    // Each of the later parts needs a cell as well.
    const most = width - (shown.length - 1 - k);
    const end = Math.min(most, Math.max(at + 1, Math.round(Math.min(1, ends[k]!) * width)));
    line.push(span('━'.repeat(Math.max(0, end - at)), tone));
    at = Math.max(at, end);
  }
  return [...line, span('─'.repeat(Math.max(0, width - at)), 'faint')];
}

export function column(text: string, width: number, tone: Tone, side: 'left' | 'right' = 'left'): Span {
  return span(fit(text, width, side), tone);
}
