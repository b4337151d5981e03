/** Text that is put together from pieces of sources and new words, and remembers where each character comes from. */

/** A replacement of `[start, end)` in a source. */
export interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Piece {
  /** Offset in the text. */
  readonly at: number;
  readonly file: string;
  /** Offset in the source. */
  readonly start: number;
  readonly length: number;
}

export interface Origin {
  readonly file: string;
  readonly offset: number;
}

export class TextPieces {
  readonly #parts: string[] = [];
  readonly #pieces: Piece[] = [];
  #length = 0;

  words(text: string): this {
    this.#parts.push(text);
    this.#length += text.length;
    return this;
  }

  /** A part of a source with edits. Of two edits of one place, the larger one wins. */
  source(file: string, code: string, start: number, end: number, edits: readonly Edit[]): this {
    const sorted = edits
      .filter((edit) => edit.start >= start && edit.end <= end)
      .sort((a, b) => a.start - b.start || b.end - a.end);
    let at = start;
    for (const edit of sorted) {
      if (edit.start < at) continue;
      this.#copy(file, code, at, edit.start);
      this.words(edit.text);
      at = edit.end;
    }
    this.#copy(file, code, at, end);
    return this;
  }

  toString(): string {
    return this.#parts.join('');
  }

  originOf(offset: number): Origin | undefined {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const piece = this.#pieces[middle]!;
      if (offset < piece.at) high = middle - 1;
      else if (offset >= piece.at + piece.length) low = middle + 1;
      else return { file: piece.file, offset: piece.start + offset - piece.at };
    }
    return undefined;
  }

  /** Where the pieces stand, in the order of the text. */
  pieces(): readonly Piece[] {
    return this.#pieces;
  }

  #copy(file: string, code: string, start: number, end: number): void {
    if (end <= start) return;
    this.#pieces.push({ at: this.#length, file, start, length: end - start });
    this.words(code.slice(start, end));
  }
}
