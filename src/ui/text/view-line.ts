/** A line of the terminal view as data: pieces of text and what they mean. Which colour that is, is the terminal's matter. */
import { cellWidth, cut, fit } from './cells.ts';

/** `live`: what is going on; `faint`: what need not be read; the others say what they are. */
export type Tone = 'plain' | 'strong' | 'faint' | 'live' | 'good' | 'bad' | 'warn';

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

export type Line = readonly Span[];

export const BLANK: Line = [];

export function span(text: string, tone: Tone = 'plain'): Span {
  return { text, tone };
}

export function lineWidth(line: Line): number {
  return line.reduce((width, { text }) => width + cellWidth(text), 0);
}

/** At most `width` cells of it. */
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

/** Both on one line, as far apart as `width` allows; the left one gives way, down to `least` cells, then the right one goes. */
export function spread(left: Line, right: Line, width: number, least: number): Line {
  const room = width - lineWidth(right) - 2;
  if (room < Math.min(least, lineWidth(left))) return cutLine(left, width);
  const short = cutLine(left, room);
  return [...short, span(' '.repeat(width - lineWidth(short) - lineWidth(right))), ...right];
}

/** `━━━━╸───`, with `share` of it done. */
export function bar(share: number, width: number, tone: Tone): Line {
  const halves = Math.round(Math.min(1, Math.max(0, share)) * width * 2);
  const full = Math.floor(halves / 2);
  const half = halves % 2;
  return [span('━'.repeat(full) + '╸'.repeat(half), tone), span('─'.repeat(width - full - half), 'faint')];
}

export function column(text: string, width: number, tone: Tone, side: 'left' | 'right' = 'left'): Span {
  return span(fit(text, width, side), tone);
}
