/** Source maps: the origins of a text as esbuild tells them, and the map of a text that is put together from files. */
import { pathToFileURL } from 'node:url';
import { decode, encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';

export interface Position {
  /** Both from 0. */
  readonly line: number;
  readonly column: number;
}

/** Looks up the origin of text that esbuild made of one file. */
export class OriginalPlaces {
  /** Where the pieces of the text begin, in order. */
  readonly #offsets: number[] = [];
  readonly #origins: Position[] = [];
  readonly #names = new Map<number, string>();

  /** @param json the map of the text */
  constructor(text: string, json: string) {
    const { names, mappings } = JSON.parse(json) as { readonly names: readonly string[]; readonly mappings: string };
    let start = 0;
    for (const segments of decode(mappings)) {
      for (const segment of segments) {
        if (segment.length === 1) continue;
        const offset = start + segment[0];
        this.#offsets.push(offset);
        this.#origins.push({ line: segment[2], column: segment[3] });
        if (segment.length === 5) this.#names.set(offset, names[segment[4]]!);
      }
      start = endOfLine(text, start) + 1;
    }
  }

  /** What stood there before esbuild renamed it, by the offset in the text. */
  get oldNames(): ReadonlyMap<number, string> {
    return this.#names;
  }

  find(offset: number): Position | undefined {
    return this.#origins[lastAtMost(this.#offsets, offset)];
  }
}

/** The index of the last number that is not above the limit, in a list in order; -1 if there is none. */
export function lastAtMost(numbers: readonly number[], limit: number): number {
  let low = -1;
  let high = numbers.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (numbers[middle]! <= limit) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The map of a text, written from its beginning to its end. */
export class MapWriter {
  readonly #text: string;
  readonly #sources = new Map<string, number>();
  readonly #lines: SourceMapSegment[][] = [[]];
  #file: string | undefined;
  #source = 0;
  /** Where the line begins that was written last, and where it ends. */
  #start = 0;
  #end: number;

  constructor(text: string) {
    this.#text = text;
    this.#end = endOfLine(text, 0);
  }

  /** @param offset in the text, not before that of the last call. */
  add(offset: number, file: string, { line, column }: Position): void {
    while (offset > this.#end) {
      this.#start = this.#end + 1;
      this.#end = endOfLine(this.#text, this.#start);
      this.#lines.push([]);
    }
    if (file !== this.#file) {
      this.#file = file;
      this.#source = this.#sources.get(file) ?? this.#sources.size;
      this.#sources.set(file, this.#source);
    }
    this.#lines.at(-1)!.push([offset - this.#start, this.#source, line, column]);
  }

  /** JSON; its sources are file: URLs. */
  toString(): string {
    return JSON.stringify({
      version: 3,
      sources: [...this.#sources.keys()].map((file) => pathToFileURL(file).href),
      names: [],
      mappings: encode(this.#lines),
    });
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end === -1 ? text.length : end;
}
