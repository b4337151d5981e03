/** A line of text with the colours of style.ts as a line of the view: what verbs print can be shown by Ink. */
import { cellWidth } from './cells.ts';
import { harmless } from './harmless.ts';
import { type Line, type Span, span, type Tone } from './view-line.ts';

const CODE = /\x1b\[(1|2|22|31|32|33|39)m/;
const TONES: Readonly<Record<string, Tone>> = { 1: 'strong', 2: 'faint', 31: 'bad', 32: 'good', 33: 'warn' };

/** Colours that the text leaves open end with the line. Other escape sequences are taken out. */
export function styledLine(text: string): Line {
  // Codes stand between the texts, at the odd places.
  const pieces = text.split(CODE);
  let weight: Tone = 'plain';
  let colour: Tone = 'plain';
  return pieces.flatMap((piece, at): readonly Span[] => {
    if (at % 2 === 0) {
      const shown = span(piece, colour === 'plain' ? weight : colour);
      return shown.text === '' ? [] : [shown];
    }
    const tone = TONES[piece] ?? 'plain';
    if (piece === '22' || tone === 'strong' || tone === 'faint') weight = tone;
    else colour = tone;
    return [];
  });
}

/** The text of such a line. */
export function textOfStyled(text: string): string {
  return harmless(text, false);
}

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** The line without its first cells. A wide character that is cut in two leaves a blank. */
export function withoutStart(line: Line, cells: number): Line {
  let left = cells;
  return line.flatMap(({ text, tone }) => {
    if (left <= 0) return [{ text, tone }];
    const width = cellWidth(text);
    if (width <= left) {
      left -= width;
      return [];
    }
    let at = 0;
    let blank = '';
    for (const { segment } of graphemes.segment(text)) {
      if (left <= 0) break;
      left -= cellWidth(segment);
      at += segment.length;
      if (left < 0) blank = ' ';
    }
    return [{ text: blank + text.slice(at), tone }];
  });
}
