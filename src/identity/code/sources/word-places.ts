/**
 * Where a stack trace can point to in a module's code, and what is there in the file. Every text that has a part of the
 * module asks, so it is found once.
 */
import type { Piece } from '../linking/text-pieces.ts';
import { lastAtMost, type MapWriter, type Position } from '../text/source-map.ts';

export class WordPlaces {
  readonly #code: string;
  readonly #originOf: (offset: number) => Position | undefined;
  #words: { readonly offsets: readonly number[]; readonly origins: readonly (Position | undefined)[] } | undefined;

  constructor(code: string, originOf: (offset: number) => Position | undefined) {
    this.#code = code;
    this.#originOf = originOf;
  }

  /** Writes the places of a piece of the code. */
  write(map: MapWriter, { at, file, start, length }: Piece): void {
    const { offsets, origins } = (this.#words ??= this.#find());
    let index = lastAtMost(offsets, start);
    // What a piece begins with need not be a word.
    const first = offsets[index] === start ? origins[index] : this.#originOf(start);
    if (first !== undefined) map.add(at, file, first);
    for (index += 1; index < offsets.length && offsets[index]! < start + length; index++) {
      const origin = origins[index];
      if (origin !== undefined) map.add(at + offsets[index]! - start, file, origin);
    }
  }

  #find(): { readonly offsets: readonly number[]; readonly origins: readonly (Position | undefined)[] } {
    const offsets = [...this.#code.matchAll(/[\w$]+|[(.[]/g)].map(({ index }) => index);
    return { offsets, origins: offsets.map((offset) => this.#originOf(offset)) };
  }
}
