/** Which numbers of a run stand for it where there is room for a few. */
import type { Quantity } from './run-value.ts';

/** Results with a standard error first, then those that are least deep in their value; in the order of the pipeline. */
export function headline(results: ReadonlyMap<string, Quantity>, most: number): readonly Quantity[] {
  const depth = ({ name }: Quantity): number => name.split('.').length;
  const rank = (quantity: Quantity): number => (quantity.error === null ? 1 : 0);
  return [...results.values()].toSorted((a, b) => rank(a) - rank(b) || depth(a) - depth(b)).slice(0, most);
}
