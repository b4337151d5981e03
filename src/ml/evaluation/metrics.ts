/** How good predictions are: cross-entropy, ROC area, and the error of any such number by bootstrap. */
import { log, log1p } from '../../core/numeric/elementary.ts';
import type { Random } from '../../core/identity/random.ts';
import { DataError } from '../../errors.ts';
import { checkClass, checkProbability, checkRows } from './judged-rows.ts';

/**
 * Weighted binary cross-entropy, the mean over rows of -w [y ln p + (1 - y) ln(1 - p)], summed in float64.
 * Logarithms are cut at -100, as PyTorch does, so that a confident mistake costs much but not everything.
 *
 * @throws RangeError if the arrays differ in length or are empty.
 * @throws DataError if a prediction is not from 0 to 1.
 */
export function binaryCrossEntropy(
  predictions: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights?: ArrayLike<number>,
): number {
  checkRows(predictions.length, targets, weights);
  let sum = 0;
  for (let i = 0; i < predictions.length; i++) {
    const p = predictions[i]!;
    const y = targets[i]!;
    checkProbability(p, i, 'a cross-entropy');
    const logLikelihood = y * Math.max(-100, log(p)) + (1 - y) * Math.max(-100, log1p(-p));
    sum -= (weights?.[i] ?? 1) * logLikelihood;
  }
  return sum / predictions.length;
}

/**
 * The area under the ROC curve: the (weighted) share of pairs of a signal and a background row in which the signal row
 * scores higher, ties counting half (Fawcett, Pattern Recognition Letters 27 (2006) 861, algorithm 3).
 *
 * Weights of each class count relative to its greatest, so that sums and products neither overflow nor vanish.
 *
 * @throws RangeError if the arrays differ in length or are empty.
 * @throws DataError if one of the two classes has no weight, a score is NaN, a target is neither 0 nor 1, or a weight
 *   is negative or not finite.
 */
export function rocAuc(scores: ArrayLike<number>, targets: ArrayLike<number>, weights?: ArrayLike<number>): number {
  checkRows(scores.length, targets, weights);
  const greatest = greatestWeights(scores, targets, weights);
  const ascending = Uint32Array.from({ length: scores.length }, (_, i) => i).sort((a, b) => scores[a]! - scores[b]!);
  let pairs = 0;
  let background = 0;
  let signal = 0;
  for (let start = 0; start < ascending.length;) {
    const score = scores[ascending[start]!]!;
    let tiedSignal = 0;
    let tiedBackground = 0;
    let end = start;
    for (; end < ascending.length && scores[ascending[end]!] === score; end++) {
      const row = ascending[end]!;
      const weight = weights?.[row] ?? 1;
      if (targets[row] === 1) tiedSignal += weight / greatest.signal;
      else tiedBackground += weight / greatest.background;
    }
    pairs += tiedSignal * (background + tiedBackground / 2);
    background += tiedBackground;
    signal += tiedSignal;
    start = end;
  }
  return pairs / (signal * background);
}

/** The greatest weight of each class, after a look at every row. */
function greatestWeights(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): { readonly signal: number; readonly background: number } {
  const greatest = [0, 0];
  for (let row = 0; row < scores.length; row++) {
    const target = targets[row]!;
    const weight = weights?.[row] ?? 1;
    if (Number.isNaN(scores[row])) throw new DataError(`The score of row ${row} is NaN.`);
    checkClass(target, row, 'a ROC area');
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY))
      throw new DataError(`The weight of row ${row} is ${weight}; a ROC area takes finite weights of at least 0.`);
    greatest[target] = Math.max(greatest[target]!, weight);
  }
  const [background, signal] = greatest as [number, number];
  if (!(signal > 0 && background > 0))
    throw new DataError(
      `A ROC area needs both classes, but the ${signal > 0 ? 'background' : 'signal'} has no weight.`,
    );
  return { signal, background };
}

/** A statistic on samples drawn with replacement. */
export interface BootstrapDistribution {
  readonly mean: number;
  /** The standard deviation (n - 1). */
  readonly deviation: number;
  /**
   * Half the distance between the quantiles 0.1587 and 0.8413, which is the standard deviation of a normal distribution
   * and heeds long tails less.
   */
  readonly halfWidth: number;
}

export interface BootstrapOptions {
  /** Rows of the data, and of every sample. */
  readonly rows: number;
  readonly resamples: number;
  readonly random: Random;
}

/**
 * The distribution of a statistic of `rows` rows by bootstrap (Efron, Annals of Statistics 7 (1979) 1): over
 * `resamples` samples of as many rows, drawn with replacement.
 *
 * @param statistic computes the number from row numbers, in which a row may come up several times; the array is reused.
 * @throws RangeError with fewer than two resamples, or no rows.
 */
export function bootstrap(statistic: (rows: Uint32Array) => number, options: BootstrapOptions): BootstrapDistribution {
  return bootstrapEach((sample) => [statistic(sample)], options)[0]!;
}

/**
 * The same of several statistics at once, all on the same samples: cheaper, and what can be compared.
 *
 * @param statistics computes as many numbers each time.
 * @throws RangeError with fewer than two resamples, or no rows.
 */
export function bootstrapEach(
  statistics: (rows: Uint32Array) => readonly number[],
  { rows, resamples, random }: BootstrapOptions,
): readonly BootstrapDistribution[] {
  if (!(resamples >= 2 && rows >= 1))
    throw new RangeError(`A bootstrap needs two resamples and a row at least, not ${resamples} of ${rows} rows.`);
  const sample = new Uint32Array(rows);
  const drawn = Array.from({ length: resamples }, () => {
    for (let i = 0; i < rows; i++) sample[i] = random.integer(rows);
    return statistics(sample);
  });
  return drawn[0]!.map((_, n) => distributionOf(Float64Array.from(drawn, (values) => values[n]!)));
}

function distributionOf(values: Float64Array): BootstrapDistribution {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0);
  const ascending = values.toSorted();
  return {
    mean,
    deviation: Math.sqrt(squares / (values.length - 1)),
    halfWidth: (quantile(ascending, 1 - ONE_SIGMA) - quantile(ascending, ONE_SIGMA)) / 2,
  };
}

/** The share of a normal distribution below its mean less one standard deviation. */
const ONE_SIGMA = 0.15865525393145705;

/** Linearly between the two nearest of the ascending values. */
function quantile(ascending: Float64Array, share: number): number {
  const at = share * (ascending.length - 1);
  const below = Math.floor(at);
  const [low, high] = [ascending[below]!, ascending[Math.min(below + 1, ascending.length - 1)]!];
  return low + (at - below) * (high - low);
}

/** The standard error of a statistic: the standard deviation of its values by `bootstrap`. */
export function bootstrapError(statistic: (rows: Uint32Array) => number, options: BootstrapOptions): number {
  return bootstrap(statistic, options).deviation;
}
