/** Makes whole lines of a text that arrives in pieces. A piece may end within a line, or within a character. */
import { StringDecoder } from 'node:string_decoder';

export class Lines {
  readonly #take: (lines: readonly string[]) => void;
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  constructor(take: (lines: readonly string[]) => void) {
    this.#take = take;
  }

  add(piece: string | Uint8Array): void {
    const text = typeof piece === 'string' ? piece : this.#decoder.write(piece);
    const lines = (this.#rest + text).split('\n');
    this.#rest = lines.pop()!;
    if (lines.length > 0) this.#take(lines);
  }

  /** Takes an unfinished last line as a line. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') this.#take([rest]);
  }
}
