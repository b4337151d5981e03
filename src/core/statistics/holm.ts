/** Holm's correction of p-values for the number of comparisons (Scandinavian Journal of Statistics 6 (1979), 65-70). */

/**
 * The corrected p-value of each: the k-th least of m times (m - k + 1), never below one before it and never above 1.
 * Those below 0.05 are found with a chance of at most 5 % that any of them is false, however the comparisons depend on
 * each other. A null has no p-value: it stays null and does not count.
 */
export function holm(ps: readonly (number | null)[]): readonly (number | null)[] {
  const known = ps.flatMap((p, index) => (p === null ? [] : [{ p, index }])).sort((a, b) => a.p - b.p);
  const corrected: (number | null)[] = ps.map(() => null);
  let least = 0;
  known.forEach(({ p, index }, k) => {
    least = Math.max(least, Math.min(1, p * (known.length - k)));
    corrected[index] = least;
  });
  return corrected;
}
