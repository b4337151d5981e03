/** Columns in bins: what a histogram of gradients is taken over. */

/** The bins of one column: bin b holds the values above edge b - 1 and up to edge b; the last one has no upper edge. */
export type Edges = Float32Array;

/**
 * Edges between the distinct values of a column, or at quantiles of its rows where there are more values than bins.
 * Edges are values of the column, so that a comparison with one is exact.
 *
 * @param bins at most so many, 2 to 256
 */
export function edgesOf(values: Float32Array, bins: number): Edges {
  const ascending = values.toSorted();
  const distinct = ascending.filter((value, i) => i === 0 || value !== ascending[i - 1]);
  if (distinct.length <= bins) return distinct.slice(0, -1);
  const edges: number[] = [];
  for (let bin = 1; bin < bins; bin++) {
    const edge = ascending[Math.floor((bin * ascending.length) / bins)]!;
    if (edge !== edges.at(-1) && edge !== ascending.at(-1)) edges.push(edge);
  }
  return Float32Array.from(edges);
}

/** The bin of each value. */
export function binned(values: Float32Array, edges: Edges): Uint8Array {
  const bins = new Uint8Array(values.length);
  for (let row = 0; row < values.length; row++) {
    const value = values[row]!;
    let [low, high] = [0, edges.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (edges[middle]! < value) low = middle + 1;
      else high = middle;
    }
    bins[row] = low;
  }
  return bins;
}
