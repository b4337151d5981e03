/**
 * One line that says what restage does until the view is there, or the command ends. It is written at once, without
 * Ink, and erased without a trace. What other code prints meanwhile stays above it.
 */
import { cut, plainLine } from '../text/cells.ts';
import { divertOutput } from './diverted-output.ts';
import type { Terminal } from './terminal.ts';

const ERASE = '\r\u001b[K';

export class StatusLine {
  readonly #terminal: Terminal;
  #text: string | undefined;
  #release: (() => void) | undefined;

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  show(text: string): void {
    if (text === this.#text) return;
    const shown = this.#fitted(text);
    if (this.#release === undefined) {
      this.#release = divertOutput(this.#terminal, (lines) => this.#above(lines));
      process.on('exit', this.#erase);
    }
    this.#text = text;
    this.#terminal.write(ERASE + shown);
  }

  clear(): void {
    if (this.#text === undefined) return;
    this.#erase();
    this.#text = undefined;
    process.off('exit', this.#erase);
    this.#release?.();
    this.#release = undefined;
  }

  /** At the end of the process as well: the shell's prompt starts on a clean line. */
  readonly #erase = (): void => this.#terminal.write(ERASE);

  #above(lines: readonly string[]): void {
    const text = lines.map((line) => `${plainLine(line)}\n`).join('');
    this.#terminal.write(ERASE + text + this.#fitted(this.#text ?? ''));
  }

  /** A line that fills the last column makes some terminals wrap. */
  #fitted(text: string): string {
    return cut(plainLine(text), this.#terminal.size().columns - 1);
  }
}
