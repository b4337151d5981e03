/** Splits a stream of chunks into lines without secrets, so that output of any kind can go to a log. */
import { StringDecoder } from 'node:string_decoder';
import { lineParts, LONGEST_LINE } from '../../core/diagnostics/limits.ts';
import { Redactor } from '../../core/secret/redactor.ts';

export class LineSplitter {
  readonly #take: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  /** Undefined as long as there is no secret: text then passes as it comes. */
  #redactor: Redactor | undefined;
  #rest = '';

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  /** From here on, these are taken out before lines are made, since a secret may have several lines. */
  hide(secrets: readonly string[]): void {
    this.#redactor ??= new Redactor();
    this.#redactor.learn(secrets);
  }

  write(chunk: Uint8Array | string): void {
    const text = typeof chunk === 'string' ? chunk : this.#decoder.write(Buffer.from(chunk));
    this.#add(this.#redactor === undefined ? text : this.#redactor.write(text));
  }

  #add(text: string): void {
    this.#rest += text;
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
    const end = this.#decoder.end();
    if (this.#redactor !== undefined) this.#add(this.#redactor.write(end) + this.#redactor.flush());
    else this.#rest += end;
    const rest = this.#rest;
    this.#rest = '';
    if (rest !== '') this.#take(rest);
  }
}
