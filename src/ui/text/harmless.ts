/**
 * Text that cannot do anything to a terminal. What restage writes may hold words of stages, files and command lines,
 * and a control character in them could move the cursor, retitle the window, or hide what follows. So every text goes
 * through here on its last step, wherever it comes from; bytes that a user asked for go out as they are.
 */
import { stripVTControlCharacters } from 'node:util';

/** All but the tab and the end of a line; also what turns the direction of writing, and line ends of Unicode. */
const HARMFUL = /[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;
const ALL_HARMFUL = new RegExp(HARMFUL, 'g');
/** The codes of style.ts. */
const STYLES = /(\x1b\[(?:1|2|22|31|32|33|39)m)/;
const PLAIN = '\u001b[0m';

/** `styled`: restage's own colours stay. */
export function harmless(text: string, styled: boolean): string {
  if (!HARMFUL.test(text)) return text;
  if (!styled) return stripped(text);
  const parts = text.split(STYLES);
  // Colours in foreign words stay too, but not beyond this text.
  const isOpen = parts.length > 1 && !/\[(?:22|39)m$/.test(parts.at(-2)!);
  return parts.map((part, k) => (k % 2 === 1 ? part : stripped(part))).join('') + (isOpen ? PLAIN : '');
}

/** For JSON: the same characters written as escapes. `JSON.stringify` itself leaves those above 7e as they are. */
export function harmlessJson(json: string): string {
  if (!HARMFUL.test(json)) return json;
  return json.replace(ALL_HARMFUL, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function stripped(text: string): string {
  return HARMFUL.test(text) ? stripVTControlCharacters(text).replace(ALL_HARMFUL, '') : text;
}
