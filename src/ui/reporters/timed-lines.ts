/** Lines with the time since a run began and a word, below a heading that comes with the first of them. */
import { plainLine } from '../text/cells.ts';
import type { Presentation } from '../text/presentation.ts';
import { wrapText } from '../text/wrap.ts';

/** Writes one line: its time, a word, and what happened. */
export type WriteLine = (at: number, word: string, text: string) => void;

const WORD = 8;
/** The columns of the time and the word, before the text of a line. */
const INDENT = 20;

export class TimedLines {
  readonly #write: (text: string) => void;
  readonly #presentation: Presentation;
  #begun: number | undefined;
  #heading: string | undefined;

  constructor(write: (text: string) => void, presentation: Presentation) {
    this.#write = write;
    this.#presentation = presentation;
  }

  /** @param at when the run began */
  begin(at: number, heading: string): void {
    this.#begun = at;
    this.#heading = heading;
  }

  line(at: number, word: string, text: string, paint: (word: string) => string = (plain) => plain): void {
    const { style, width } = this.#presentation;
    this.#head();
    const elapsed = (Math.max(0, at - (this.#begun ?? at)) / 1000).toFixed(1);
    const [first = '', ...more] = wrapText(`${' '.repeat(INDENT)}${plainLine(text)}`, width(), INDENT);
    this.#write(`${style.dim(`${elapsed.padStart(8)} s`)}  ${paint(word.padEnd(WORD))}${first.slice(INDENT)}\n`);
    for (const part of more) this.#write(`${part}\n`);
  }

  #head(): void {
    if (this.#heading === undefined) return;
    const { style, width } = this.#presentation;
    const parts = wrapText(this.#heading, width(), 4);
    this.#heading = undefined;
    this.#write(parts.map((part) => `${style.bold(part)}\n`).join(''));
  }
}
