/** Source maps: finding a place in one, and composing one with the pieces of the text that it maps to. */
import { SourceMap as NodeSourceMap, type SourceMapPayload } from 'node:module';
import { pathToFileURL } from 'node:url';
import { encode, type SourceMapSegment } from '@jridgewell/sourcemap-codec';

export interface Position {
  /** Both from 0. */
  readonly line: number;
  readonly column: number;
}

export interface FilePosition extends Position {
  readonly file: string;
}

/** Looks up the origin of text. */
export class OriginalPlaces {
  readonly #map: NodeSourceMap;

  constructor(json: string) {
    // Node's own type requires fields that are optional in the format.
    this.#map = new NodeSourceMap(JSON.parse(json) as SourceMapPayload);
  }

  find({ line, column }: Position): Position | undefined {
    const entry = this.#map.findEntry(line, column);
    if (!('originalLine' in entry)) return undefined;
    return { line: entry.originalLine, column: entry.originalColumn };
  }
}

/** A map of a text to files; its sources are file: URLs. @param places in the order of the text. */
export function mapOf(places: Iterable<{ readonly at: Position; readonly origin: FilePosition }>): string {
  const sources = new Map<string, number>();
  const lines: SourceMapSegment[][] = [];
  for (const { at, origin } of places) {
    const source = sources.get(origin.file) ?? sources.size;
    sources.set(origin.file, source);
    while (lines.length <= at.line) lines.push([]);
    lines[at.line]!.push([at.column, source, origin.line, origin.column]);
  }
  return JSON.stringify({
    version: 3,
    sources: [...sources.keys()].map((file) => pathToFileURL(file).href),
    names: [],
    mappings: encode(lines),
  });
}
