/** Source maps: composing two, finding a place in one, naming the sources. */
import { SourceMap as NodeSourceMap, type SourceMapPayload } from 'node:module';
import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type DecodedSourceMap, SourceMap as EncodedSourceMap, type SourceMapSegment } from 'magic-string';

export interface Position {
  /** Both from 0. */
  readonly line: number;
  readonly column: number;
}

/** The map from edited text to the original, composed of edited to stripped and stripped to original. */
export function compose(outer: DecodedSourceMap, inner: OriginalPlaces, source: string): string {
  const mappings = outer.mappings.map((line) =>
    line.flatMap((segment): SourceMapSegment[] => {
      if (segment.length === 1) return [segment];
      const at = inner.find({ line: segment[2], column: segment[3] });
      return at === undefined ? [] : [[segment[0], 0, at.line, at.column]];
    }),
  );
  return new EncodedSourceMap({ sources: [source], names: [], mappings }).toUrl();
}

export function toUrl(json: string): string {
  return `data:application/json;charset=utf-8;base64,${Buffer.from(json).toString('base64')}`;
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

/** esbuild's map with its sources as file: URLs. */
export function withFileUrls(json: string, fileOf: (source: string) => string | undefined): string {
  const map = JSON.parse(json) as { readonly sources: readonly string[] };
  const sources = map.sources.map((source) => {
    const file = fileOf(source) ?? source;
    // A virtual entry is not a file.
    return isAbsolute(file) ? pathToFileURL(file).href : source;
  });
  return JSON.stringify({ ...map, sources });
}

export function positionAt(text: string, offset: number): Position {
  const before = offset === 0 ? -1 : text.lastIndexOf('\n', offset - 1);
  let line = 0;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line++;
  return { line, column: offset - before - 1 };
}
