/** Rows to judge predictions by, and what must hold of them. */
import { DataError } from '../../errors.ts';

/** @throws RangeError unless there are rows, and as many targets and weights as rows. */
export function checkRows(rows: number, targets: ArrayLike<number>, weights: ArrayLike<number> | undefined): void {
  if (rows === 0 || targets.length !== rows || (weights ?? targets).length !== rows)
    throw new RangeError(
      `A metric needs rows, and as many targets and weights as predictions, not ${rows} predictions, ${targets.length} targets and ${weights?.length ?? 'no'} weights.`,
    );
}

/**
 * The sum of the weights, 1 a row where none are given.
 *
 * @throws DataError if a weight is negative or not finite, or all are 0.
 */
export function totalWeight(rows: number, weights: ArrayLike<number> | undefined, what: string): number {
  if (weights === undefined) return rows;
  let total = 0;
  for (let row = 0; row < rows; row++) {
    const weight = weights[row]!;
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw new DataError(`The weight of row ${row} is ${weight}; ${what} takes finite weights of at least 0.`);
    total += weight;
  }
  if (!(total > 0 && Number.isFinite(total)))
    throw new DataError(`The weights of all rows add up to ${total}; ${what} needs a positive, finite sum.`);
  return total;
}

/** @throws DataError unless it is 0 or 1. */
export function checkClass(target: number, row: number, what: string): void {
  if (target !== 0 && target !== 1)
    throw new DataError(`The target of row ${row} is ${target}; ${what} takes 1 for signal and 0 for background.`);
}

/** @throws DataError unless it is from 0 to 1. */
export function checkProbability(prediction: number, row: number, what: string): void {
  if (!(prediction >= 0 && prediction <= 1))
    throw new DataError(`The prediction of row ${row} is ${prediction}; ${what} takes probabilities from 0 to 1.`);
}
