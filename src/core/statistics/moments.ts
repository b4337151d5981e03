/** Sums, means and standard deviations. */

/**
 * The sum with the error of each addition carried (Neumaier 1974): exact to the last digits, whatever the number of
 * terms.
 */
export function sum(values: Iterable<number>): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** NaN for no values. */
export function mean(values: Iterable<number> & { readonly length: number }): number {
  return sum(values) / values.length;
}

/** With n - 1; NaN for one value or none. */
export function standardDeviation(values: readonly number[] | Float64Array): number {
  const middle = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - middle) ** 2)) / (values.length - 1));
}
