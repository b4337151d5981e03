/** The source map of a linked text, from its pieces to the files that they come from. */
import type { TextPieces } from './linking/text-pieces.ts';
import type { SourceGraph } from './source-graph.ts';
import { type FilePosition, mapOf, type Position } from './source-map.ts';
import { TextLines } from './text-lines.ts';

/** JSON. */
export function linkedSourceMap(pieces: TextPieces, text: string, graph: SourceGraph): string {
  const modules = new Map(graph.modules().map((module) => [module.file, module]));
  const lines = new TextLines(text);
  return mapOf(places());

  function* places(): Iterable<{ readonly at: Position; readonly origin: FilePosition }> {
    for (const { at, file, start, length } of pieces.pieces()) {
      const module = modules.get(file);
      if (module === undefined) continue;
      for (const offset of wordStarts(module.record.code, start, start + length)) {
        const origin = module.originOf(offset);
        if (origin !== undefined) yield { at: lines.positionOf(at + offset - start), origin: { ...origin, file } };
      }
    }
  }
}

/** Where a stack trace can point to: at words and brackets. */
function* wordStarts(code: string, start: number, end: number): Iterable<number> {
  yield start;
  const words = /[\w$]+|[(.[]/g;
  words.lastIndex = start + 1;
  for (let found = words.exec(code); found !== null && found.index < end; found = words.exec(code)) yield found.index;
}
