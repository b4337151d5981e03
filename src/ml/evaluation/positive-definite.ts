/** Systems of a few linear equations with a symmetric, positive definite matrix. */

/**
 * The solution of A x = b by Cholesky's decomposition; undefined if A is not positive definite, or so nearly singular
 * that rounding decides.
 */
export function solvePositiveDefinite(
  matrix: readonly (readonly number[])[],
  right: readonly number[],
): readonly number[] | undefined {
  const lower: number[][] = [];
  for (const [i, row] of matrix.entries()) {
    const own: number[] = [];
    for (let j = 0; j <= i; j++) {
      let rest = row[j]!;
      for (let k = 0; k < j; k++) rest -= own[k]! * (j === i ? own : lower[j]!)[k]!;
      if (j < i) own.push(rest / lower[j]![j]!);
      else if (rest > SMALLEST_PIVOT * row[i]!) own.push(Math.sqrt(rest));
      else return undefined;
    }
    lower.push(own);
  }
  const half: number[] = [];
  for (const [i, row] of lower.entries()) {
    let rest = right[i]!;
    for (let k = 0; k < i; k++) rest -= row[k]! * half[k]!;
    half.push(rest / row[i]!);
  }
  const solution = half.slice();
  for (let i = lower.length - 1; i >= 0; i--) {
    for (let k = i + 1; k < lower.length; k++) solution[i]! -= lower[k]![i]! * solution[k]!;
    solution[i]! /= lower[i]![i]!;
  }
  return solution;
}

/** Of a diagonal element: what is left of it below this is rounding. */
const SMALLEST_PIVOT = 1e-13;
