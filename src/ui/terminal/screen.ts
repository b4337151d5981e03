/**
 * The lines of the terminal that the view redraws. It writes only what changed, in one piece, between the marks of a
 * synchronised update, so that nothing flickers. The cursor rests at the start of the row below the last line.
 *
 * Ink's own writer is not used: after a change of size it erases as many rows as it wrote lines, but the terminal may
 * have wrapped them into more rows.
 */
import type { Size } from './size.ts';

const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const ERASE_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';
const HOME = '\u001b[H';
const PLAIN = '\u001b[0m';
/** A second screen, which has no history; leaving it shows the first one as it was. */
const ENTER_SECOND = '\u001b[?1049h';
const LEAVE_SECOND = '\u001b[?1049l';

/** `lines`: below what the terminal shows already; `whole`: on a screen of its own. */
export type ScreenKind = 'lines' | 'whole';

export class Screen {
  readonly #write: (text: string) => void;
  readonly #size: () => Size;
  readonly #open: string;
  readonly #close: string;
  #lines: readonly string[] = [];
  #isCursorHidden = false;
  #isUnknown = false;

  constructor(write: (text: string) => void, size: () => Size, kind: ScreenKind = 'lines') {
    this.#write = write;
    this.#size = size;
    this.#open = kind === 'whole' ? ENTER_SECOND + HIDE_CURSOR + HOME : HIDE_CURSOR;
    this.#close = kind === 'whole' ? SHOW_CURSOR + LEAVE_SECOND : SHOW_CURSOR;
  }

  /** Replaces what is shown. Drops the last lines of a frame that does not leave a row free. */
  draw(frame: string): void {
    const lines = frame === '' ? [] : frame.split('\n').slice(0, Math.max(0, this.#size().rows - 1));
    if (!this.#isUnknown && lines.length === this.#lines.length && lines.every((line, k) => line === this.#lines[k]))
      return;
    this.#put('', lines);
  }

  /** Writes lines above the frame, where they stay. */
  above(lines: readonly string[]): void {
    const shown = this.#lines;
    const start = this.#toTop() + lines.map((line) => `${line}${ERASE_LINE}\r\n`).join('');
    this.#lines = [];
    this.#put(start, shown);
  }

  /** After a change of size the screen's content is unknown: the next frame clears it. */
  forget(): void {
    this.#isUnknown = true;
  }

  /** Erases the frame and shows the cursor again. */
  clear(): void {
    if (!this.#isCursorHidden) return;
    this.#write(`${BEGIN}${this.#toTop()}${erased(this.#lines.length)}${this.#close}${END}`);
    this.#lines = [];
    this.#isCursorHidden = false;
  }

  /** Shows the cursor again and leaves the frame as it is: for a process that ends by an error. */
  abandon(): void {
    if (!this.#isCursorHidden) return;
    this.#isCursorHidden = false;
    this.#lines = [];
    this.#write(`${PLAIN}${this.#close}${END}`);
  }

  #put(start: string, lines: readonly string[]): void {
    const known = this.#isUnknown ? [] : this.#lines;
    let text = BEGIN + (this.#isCursorHidden ? '' : this.#open) + start;
    text += this.#isUnknown ? HOME + erased(this.#size().rows) + HOME : this.#toTop();
    for (const [row, line] of lines.entries())
      text += line === known[row] ? '\r\n' : `${line}${PLAIN}${ERASE_LINE}\r\n`;
    if (lines.length < known.length) text += ERASE_BELOW;
    this.#isCursorHidden = true;
    this.#isUnknown = false;
    this.#lines = lines;
    this.#write(text + END);
  }

  #toTop(): string {
    return this.#lines.length === 0 ? '' : `\u001b[${this.#lines.length}A\r`;
  }
}

/**
 * Erases lines from the cursor down, one by one: a terminal that is cleared as a whole may keep a copy in its history.
 */
function erased(lines: number): string {
  return lines === 0 ? '' : `${`${ERASE_LINE}\u001b[B`.repeat(lines)}\u001b[${lines}A`;
}
