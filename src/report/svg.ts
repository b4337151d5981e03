/**
 * A picture as SVG, by Graphviz in WebAssembly; loading it takes a while, so it is loaded only when an SVG is asked
 * for.
 */
import { toDot } from './dot.ts';
import type { Picture } from './picture.ts';

export async function toSvg(picture: Picture): Promise<string> {
  const { Graphviz } = await import('@hpcc-js/wasm-graphviz');
  const graphviz = await Graphviz.load();
  return graphviz.dot(toDot(picture), 'svg');
}
