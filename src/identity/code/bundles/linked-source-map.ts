/** The source map of a linked text, from its pieces to the files that they come from. */
import type { TextPieces } from '../linking/text-pieces.ts';
import type { SourceGraph } from '../sources/source-graph.ts';
import { MapWriter } from '../text/source-map.ts';

/** JSON. */
export function linkedSourceMap(pieces: TextPieces, text: string, graph: SourceGraph): string {
  const places = new Map(graph.modules().map((module) => [module.file, module.places]));
  const map = new MapWriter(text);
  for (const piece of pieces.pieces()) places.get(piece.file)?.write(map, piece);
  return map.toString();
}
