/**
 * Least squares with coefficients that are not negative (Lawson and Hanson, Solving Least Squares Problems, 1974,
 * chapter 23).
 */
import { solvePositiveDefinite } from './positive-definite.ts';

/**
 * The x of at least 0 with the least x' G x / 2 - c' x, where G = A' A and c = A' b of the problem min |A x - b|. A
 * column that others can replace, such as one that is there twice, gets 0.
 */
export function nonNegativeLeastSquares(
  matrix: readonly (readonly number[])[],
  right: readonly number[],
): readonly number[] {
  const tolerance = 1e-12 * Math.max(...right.map(Math.abs));
  const solution = right.map(() => 0);
  const free = new Set<number>();
  const replaceable = new Set<number>();
  // Each turn comes closer; the limit is for columns so alike that rounding would let them take turns without end.
  for (let turn = 0; turn < 30 * right.length; turn++) {
    const gains = right.map((c, i) => c - solution.reduce((sum, x, j) => sum + matrix[i]![j]! * x, 0));
    const open = [...gains.keys()].filter((i) => !free.has(i) && !replaceable.has(i) && gains[i]! > tolerance);
    if (open.length === 0) break;
    const best = open.reduce((a, b) => (gains[b]! > gains[a]! ? b : a));
    const target = solveOn([...free, best]);
    if (target === undefined || target.at(-1)! <= 0) {
      replaceable.add(best);
      continue;
    }
    free.add(best);
    replaceable.clear();
    moveTowards(target);
  }
  return solution;

  /**
   * To the least point of the free coefficients. The first that would become negative on the way stays at 0, and so on.
   */
  function moveTowards(target: readonly number[]): void {
    const members = [...free];
    let step = 1;
    let leaving: number | undefined;
    for (const [n, i] of members.entries()) {
      if (target[n]! > 0) continue;
      const reached = solution[i]! / (solution[i]! - target[n]!);
      if (reached < step || leaving === undefined) [step, leaving] = [reached, i];
    }
    for (const [n, i] of members.entries()) solution[i]! += step * (target[n]! - solution[i]!);
    if (leaving === undefined) return;
    solution[leaving] = 0;
    free.delete(leaving);
    moveTowards(solveOn([...free])!);
  }

  function solveOn(members: readonly number[]): readonly number[] | undefined {
    return solvePositiveDefinite(
      members.map((i) => members.map((j) => matrix[i]![j]!)),
      members.map((i) => right[i]!),
    );
  }
}
