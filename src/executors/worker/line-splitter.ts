/** Splits a stream of chunks into lines, so that output of any kind can go to a log. */
import { StringDecoder } from 'node:string_decoder';

/** A longer line is split: output without line ends must not fill the memory. */
const LONGEST_LINE = 1 << 16;

export class LineSplitter {
  readonly #take: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  write(chunk: Uint8Array | string): void {
    this.#rest += typeof chunk === 'string' ? chunk : this.#decoder.write(Buffer.from(chunk));
    const lines = this.#rest.split('\n');
    this.#rest = lines.pop()!;
    for (const line of lines) this.#take(line.endsWith('\r') ? line.slice(0, -1) : line);
    while (this.#rest.length >= LONGEST_LINE) {
      this.#take(this.#rest.slice(0, LONGEST_LINE));
      this.#rest = this.#rest.slice(LONGEST_LINE);
    }
  }

  /** Emits a last line that has no line end. */
  flush(): void {
    const rest = this.#rest;
    this.#rest = '';
    if (rest !== '') this.#take(rest);
  }
}
