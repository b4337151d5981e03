/**
 * The lines of the terminal that the view draws over, again and again. Only what changed is written, at once and between
 * the marks of a synchronized update, so that nothing flickers. The cursor rests below the last line, at its start.
 *
 * Ink's own writer is not used: after a change of size it erases as many lines as it wrote, where the terminal has
 * wrapped them into more.
 */
import type { Size } from './layout.ts';

const BEGIN = '\u001b[?2026h';
const END = '\u001b[?2026l';
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const ERASE_LINE = '\u001b[K';
const ERASE_BELOW = '\u001b[J';
const HOME = '\u001b[H';
const PLAIN = '\u001b[0m';

export class Screen {
  readonly #write: (text: string) => void;
  readonly #size: () => Size;
  #lines: readonly string[] = [];
  #isCursorHidden = false;
  #isUnknown = false;

  constructor(write: (text: string) => void, size: () => Size) {
    this.#write = write;
    this.#size = size;
  }

  /** Replaces what is shown. Of a frame that does not leave a row free, the last lines are dropped. */
  draw(frame: string): void {
    const lines = frame === '' ? [] : frame.split('\n').slice(0, Math.max(0, this.#size().rows - 1));
    if (!this.#isUnknown && lines.length === this.#lines.length && lines.every((line, k) => line === this.#lines[k]))
      return;
    this.#put('', lines);
  }

  /** Writes lines that stay, above what is shown. */
  above(lines: readonly string[]): void {
    const shown = this.#lines;
    const start = this.#toTop() + lines.map((line) => `${line}${ERASE_LINE}\r\n`).join('');
    this.#lines = [];
    this.#put(start, shown);
  }

  /** What is on the screen is not known any more, after a change of its size: it is cleared with the next frame. */
  forget(): void {
    this.#isUnknown = true;
  }

  /** Takes away what is shown, and gives the cursor back. */
  clear(): void {
    if (!this.#isCursorHidden) return;
    this.#write(`${BEGIN}${this.#toTop()}${erased(this.#lines.length)}${SHOW_CURSOR}${END}`);
    this.#lines = [];
    this.#isCursorHidden = false;
  }

  /** Gives the cursor back and leaves everything as it is: for the end of a process that fails. */
  abandon(): void {
    if (!this.#isCursorHidden) return;
    this.#isCursorHidden = false;
    this.#lines = [];
    this.#write(`${PLAIN}${SHOW_CURSOR}${END}`);
  }

  #put(start: string, lines: readonly string[]): void {
    const known = this.#isUnknown ? [] : this.#lines;
    let text = BEGIN + (this.#isCursorHidden ? '' : HIDE_CURSOR) + start;
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

/** Empties so many lines from the cursor's on. By lines: a terminal that is cleared at once may keep it all in its history. */
function erased(lines: number): string {
  return lines === 0 ? '' : `${`${ERASE_LINE}\u001b[B`.repeat(lines)}\u001b[${lines}A`;
}
