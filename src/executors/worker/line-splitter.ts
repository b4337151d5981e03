/** Splits a stream of chunks into lines, so that output of any kind can go to a log. */
import { StringDecoder } from 'node:string_decoder';
import { lineParts, LONGEST_LINE } from '../../core/diagnostics/limits.ts';

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
    for (const line of lines)
      for (const part of lineParts(line.endsWith('\r') ? line.slice(0, -1) : line)) this.#take(part);
    if (this.#rest.length <= LONGEST_LINE) return;
    // Output without line ends must not fill the memory.
    const parts = [...lineParts(this.#rest)];
    this.#rest = parts.pop()!;
    for (const part of parts) this.#take(part);
  }

  /** Emits a last line that has no line end. */
  flush(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') this.#take(rest);
  }
}
