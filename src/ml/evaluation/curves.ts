/** What a classifier does at every threshold: the ROC curve, and the average precision. */
import { DataError } from '../../errors.ts';
import { checkClass, checkRows, totalWeight } from './judged-rows.ts';

/** A point of a ROC curve: what is kept of each class at or above the threshold. */
export interface RocPoint {
  /** The share of signal's weight: true positives. */
  readonly signal: number;
  /** The share of background's weight: false positives. */
  readonly background: number;
  /** A score; of the first point infinity, above which nothing is. */
  readonly threshold: number;
}

/**
 * The ROC curve (Fawcett, Pattern Recognition Letters 27 (2006) 861), one point for each score that there is, from the
 * highest down, after the point where nothing is kept.
 *
 * @throws RangeError if the arrays differ in length or are empty.
 * @throws DataError if a class has no weight, a score is NaN, a target is neither 0 nor 1, or a weight is negative or
 * not
 *   finite.
 */
export function rocCurve(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights?: ArrayLike<number>,
): readonly RocPoint[] {
  const kept = keptFromTheTop(scores, targets, weights, 'a ROC curve');
  const all = kept.at(-1)!;
  if (!(all.signal > 0 && all.background > 0))
    throw new DataError(
      `A ROC curve needs both classes, but the ${all.signal > 0 ? 'background' : 'signal'} has no weight.`,
    );
  const points = kept.map(({ signal, background, threshold }) => ({
    signal: signal / all.signal,
    background: background / all.background,
    threshold,
  }));
  return [{ signal: 0, background: 0, threshold: Number.POSITIVE_INFINITY }, ...points];
}

/**
 * The average precision: the sum over thresholds, from the highest down, of the precision there times the recall that
 * it adds (scikit-learn's `average_precision_score`). A random order gets the share of signal.
 *
 * @throws as `rocCurve`, but only the signal needs weight.
 */
export function averagePrecision(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  const kept = keptFromTheTop(scores, targets, weights, 'an average precision');
  const all = kept.at(-1)!.signal;
  if (!(all > 0)) throw new DataError('An average precision needs signal, which has no weight.');
  let sum = 0;
  let before = 0;
  for (const { signal, background } of kept) {
    if (signal > before) sum += (signal / (signal + background)) * ((signal - before) / all);
    before = signal;
  }
  return sum;
}

/** By score, from the highest down: the weight of each class at or above it. */
function keptFromTheTop(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
  what: string,
): RocPoint[] {
  checkRows(scores.length, targets, weights);
  totalWeight(scores.length, weights, what);
  for (let row = 0; row < scores.length; row++) {
    checkClass(targets[row]!, row, what);
    if (Number.isNaN(scores[row])) throw new DataError(`The score of row ${row} is NaN.`);
  }
  const order = Uint32Array.from({ length: scores.length }, (_, row) => row).sort(
    (a, b) => (scores[a]! === scores[b]! ? 0 : scores[b]! - scores[a]!) || a - b,
  );
  const points: RocPoint[] = [];
  let signal = 0;
  let background = 0;
  for (const [i, row] of order.entries()) {
    if (targets[row] === 1) signal += weights?.[row] ?? 1;
    else background += weights?.[row] ?? 1;
    const next = order[i + 1];
    if (next === undefined || scores[next] !== scores[row])
      points.push({ signal, background, threshold: scores[row]! });
  }
  return points;
}
