/** Makes whole lines of a text that comes in pieces, which may end anywhere: within a line, or within a character. */
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

  /** What has come of a last line without an end is one. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = '';
    if (rest !== '') this.#take([rest]);
  }
}
