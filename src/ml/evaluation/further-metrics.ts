/**
 * Further metrics of one, two and several classes, and of numbers. Each is a mean over rows with their weights, divided
 * by the sum of weights, as in scikit-learn.
 */
import { log } from '../../core/numeric/elementary.ts';
import { DataError } from '../../errors.ts';
import { checkClass, checkProbability, checkRows, totalWeight } from './judged-rows.ts';

/**
 * The share of rows on the right side of the threshold: at or above it for target 1, below for target 0.
 *
 * @throws RangeError if the arrays differ in length or are empty.
 * @throws DataError if a target is neither 0 nor 1, a prediction is NaN, or weights are negative or add up to 0.
 */
export function accuracy(
  predictions: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights?: ArrayLike<number>,
  threshold = 0.5,
): number {
  checkRows(predictions.length, targets, weights);
  return weightedMeanOf(predictions.length, weights, 'an accuracy', (row, what) => {
    checkClass(targets[row]!, row, what);
    if (Number.isNaN(predictions[row])) throw new DataError(`The prediction of row ${row} is NaN.`);
    return (predictions[row]! >= threshold ? 1 : 0) === targets[row] ? 1 : 0;
  });
}

/**
 * The mean squared difference of probability and target (Brier, Monthly Weather Review 78 (1950) 1, of one class).
 *
 * @throws as `accuracy`, and DataError for predictions that are not from 0 to 1.
 */
export function brierScore(
  predictions: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  checkRows(predictions.length, targets, weights);
  return weightedMeanOf(predictions.length, weights, 'a Brier score', (row, what) => {
    checkClass(targets[row]!, row, what);
    checkProbability(predictions[row]!, row, what);
    const difference = predictions[row]! - targets[row]!;
    return difference * difference;
  });
}

/**
 * The mean squared difference, of a linear head for instance.
 *
 * @throws RangeError if the arrays differ in length or are empty.
 * @throws DataError if weights are negative or add up to 0.
 */
export function meanSquaredError(
  predictions: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  checkRows(predictions.length, targets, weights);
  return weightedMeanOf(predictions.length, weights, 'a mean squared error', (row) => {
    const difference = predictions[row]! - targets[row]!;
    return difference * difference;
  });
}

/**
 * The share of rows whose class has the greatest prediction; of equal ones, the first counts.
 *
 * @param predictions [rows, classes], row-major, as of a softmax
 * @param targets [rows]: classes from 0
 * @throws RangeError if predictions are not whole rows, or lengths differ.
 * @throws DataError if a target is not a class, or weights are negative or add up to 0.
 */
export function categoricalAccuracy(
  predictions: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  const classes = classesOf(predictions, targets, weights);
  return weightedMeanOf(targets.length, weights, 'an accuracy', (row) => {
    checkCategory(targets[row]!, row, classes);
    let best = 0;
    for (let c = 1; c < classes; c++)
      if (predictions[row * classes + c]! > predictions[row * classes + best]!) best = c;
    return best === targets[row] ? 1 : 0;
  });
}

/**
 * The mean of -ln p of each row's class, with logarithms cut at -100 as in `binaryCrossEntropy`.
 *
 * @param predictions [rows, classes], row-major: probabilities
 * @throws as `categoricalAccuracy`, and DataError for a probability that is not from 0 to 1.
 */
export function categoricalCrossEntropy(
  predictions: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  const classes = classesOf(predictions, targets, weights);
  return weightedMeanOf(targets.length, weights, 'a cross-entropy', (row, what) => {
    checkCategory(targets[row]!, row, classes);
    const p = predictions[row * classes + targets[row]!]!;
    checkProbability(p, row, what);
    return -Math.max(-100, log(p));
  });
}

function weightedMeanOf(
  rows: number,
  weights: ArrayLike<number> | undefined,
  what: string,
  of: (row: number, what: string) => number,
): number {
  const total = totalWeight(rows, weights, what);
  let sum = 0;
  for (let row = 0; row < rows; row++) sum += (weights?.[row] ?? 1) * of(row, what);
  return sum / total;
}

function classesOf(
  predictions: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): number {
  const classes = predictions.length / targets.length;
  checkRows(predictions.length / classes, targets, weights);
  if (Number.isInteger(classes)) return classes;
  throw new RangeError(
    `Predictions of several classes are whole rows; ${predictions.length} numbers are none of ${targets.length} rows.`,
  );
}

function checkCategory(target: number, row: number, classes: number): void {
  if (!(Number.isInteger(target) && target >= 0 && target < classes))
    throw new DataError(`The target of row ${row} is ${target}; the classes are 0 to ${classes - 1}.`);
}
