/**
 * Ensembles whose weights are learned from predictions of rows that no member was trained on ("out of fold"); on rows
 * that it was trained on, a member looks better than it is. Stacking (Wolpert, Neural Networks 5 (1992) 241); with
 * weights that are not negative (Breiman, Machine Learning 24 (1996) 49).
 */
import { exp, log, log1p } from '../../core/numeric/elementary.ts';
import { DataError } from '../../errors.ts';
import { checkClass, checkProbability, checkRows, totalWeight } from './judged-rows.ts';
import { nonNegativeLeastSquares } from './non-negative-least-squares.ts';
import { solvePositiveDefinite } from './positive-definite.ts';

/** What several models predict of the same rows, on which none of them was trained. */
export interface OutOfFold {
  /** By model, [rows]: probabilities. */
  readonly predictions: readonly ArrayLike<number>[];
  /** [rows]: 1 for signal, 0 for background. */
  readonly targets: ArrayLike<number>;
  /** [rows]: not negative; default 1. */
  readonly weights?: ArrayLike<number>;
}

/**
 * How much each model counts: the weights of at least 0 for which the sum of predictions has the least weighted squared
 * distance from the targets. For `weightedMean`, which divides by their sum; well calibrated models' weights add up to
 * nearly 1.
 *
 * @throws RangeError if lengths differ, or there is no model.
 * @throws DataError if a prediction is not from 0 to 1, a target is neither 0 nor 1, weights are negative or add up to
 * 0, or
 *   no model's predictions rise with the target.
 */
export function leastSquaresWeights({ predictions, targets, weights }: OutOfFold): readonly number[] {
  const total = checked({ predictions, targets, ...(weights && { weights }) }, 'an ensemble');
  const product = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
    let sum = 0;
    for (let row = 0; row < targets.length; row++) sum += ((weights?.[row] ?? 1) / total) * a[row]! * b[row]!;
    return sum;
  };
  const found = nonNegativeLeastSquares(
    predictions.map((one) => predictions.map((other) => product(one, other))),
    predictions.map((one) => product(one, targets)),
  );
  if (found.every((weight) => weight === 0))
    throw new DataError('No model predicts anything where there is signal, so that no weights can be learned.');
  return found;
}

/** A logistic regression on what models predict. Plain JSON. */
export interface LogisticStack {
  readonly intercept: number;
  /** By model, of the logit of its prediction; they may be negative. */
  readonly coefficients: readonly number[];
}

/**
 * Fits the probability sigmoid(intercept + sum of c_i logit(p_i)) to the targets: the least sum over rows of the
 * weighted cross-entropy, plus `penalty` / 2 times the sum of the c_i^2. That is scikit-learn's LogisticRegression with
 * C = 1 / `penalty`, whose default is the same. Logits are cut at +-16, about the last float32 below 1.
 *
 * @throws as `leastSquaresWeights`, and RangeError unless the penalty is positive.
 */
export function logisticStack(given: OutOfFold, { penalty = 1 }: { readonly penalty?: number } = {}): LogisticStack {
  const { predictions, targets, weights } = given;
  if (!(penalty > 0 && Number.isFinite(penalty)))
    throw new RangeError(`The penalty of a logistic stack must be a positive number, not ${penalty}.`);
  checked(given, 'a logistic stack');
  for (const [target, name] of ['background', 'signal'].entries())
    if (!targetHasWeight(given, target))
      throw new DataError(`A logistic stack needs both classes, but the ${name} has no weight.`);
  const columns = [
    new Float64Array(targets.length).fill(1),
    ...predictions.map((one) => Float64Array.from(one, logit)),
  ];
  const penalties = columns.map((_, i) => (i === 0 ? 0 : penalty));
  const weightOf = (row: number): number => weights?.[row] ?? 1;
  let point: readonly number[] = columns.map(() => 0);
  let cost = costAt(point);
  for (let step = 0; step < MOST_STEPS; step++) {
    const { gradient, hessian } = slopesAt(point);
    const direction = solvePositiveDefinite(hessian, gradient);
    if (direction === undefined)
      throw new DataError('A logistic stack cannot be fitted: rounding decides. Give a greater penalty.');
    const full = point.map((value, i) => value - direction[i]!);
    // By how much Newton's step should lower the cost; below the rounding of that, it is the last.
    const fall = gradient.reduce((sum, slope, i) => sum + slope * direction[i]!, 0) / 2;
    if (fall <= 1e-12 * cost) return stackOf(full);
    let share = 1;
    let next = full;
    for (; costAt(next) > cost && share > 1e-9; share /= 2)
      next = point.map((value, i) => value - (share / 2) * direction[i]!);
    [point, cost] = [next, costAt(next)];
  }
  throw new DataError(`A logistic stack was not fitted in ${MOST_STEPS} steps. Give a greater penalty.`);

  function stackOf([intercept, ...coefficients]: readonly number[]): LogisticStack {
    return { intercept: intercept!, coefficients };
  }

  function sumAt(at: readonly number[], row: number): number {
    let z = 0;
    for (let i = 0; i < at.length; i++) z += at[i]! * columns[i]![row]!;
    return z;
  }

  function costAt(at: readonly number[]): number {
    let sum = 0;
    for (let row = 0; row < targets.length; row++) {
      const z = sumAt(at, row);
      sum += weightOf(row) * (Math.max(z, 0) + log1p(exp(-Math.abs(z))) - targets[row]! * z);
    }
    return at.reduce((all, value, i) => all + (penalties[i]! / 2) * value * value, sum);
  }

  function slopesAt(at: readonly number[]): { readonly gradient: number[]; readonly hessian: number[][] } {
    const gradient = at.map((value, i) => penalties[i]! * value);
    const hessian = at.map((_, i) => at.map((__, j) => (i === j ? penalties[i]! : 0)));
    for (let row = 0; row < targets.length; row++) {
      const p = sigmoid(sumAt(at, row));
      const [slope, bend] = [weightOf(row) * (p - targets[row]!), weightOf(row) * p * (1 - p)];
      for (let i = 0; i < at.length; i++) {
        const x = columns[i]![row]!;
        gradient[i]! += slope * x;
        for (let j = 0; j < at.length; j++) hessian[i]![j]! += bend * x * columns[j]![row]!;
      }
    }
    return { gradient, hessian };
  }
}

/**
 * The probabilities of a stack for other rows. @throws RangeError if predictions are not one for each coefficient, all
 * of one length.
 */
export function stackedPrediction(
  { intercept, coefficients }: LogisticStack,
  predictions: readonly ArrayLike<number>[],
): Float32Array {
  const rows = predictions[0]?.length ?? 0;
  if (predictions.length !== coefficients.length || predictions.some(({ length }) => length !== rows))
    throw new RangeError(
      `A stack of ${coefficients.length} models takes as many predictions of the same rows, not ${predictions.length} of ${predictions.map(({ length }) => length).join(', ')} rows.`,
    );
  return Float32Array.from({ length: rows }, (_, row) =>
    sigmoid(coefficients.reduce((z, c, i) => z + c * logit(predictions[i]![row]!), intercept)),
  );
}

const MOST_STEPS = 100;
const MOST_LOGIT = 16;

function logit(p: number): number {
  return Math.min(MOST_LOGIT, Math.max(-MOST_LOGIT, log(p) - log1p(-p)));
}

function sigmoid(z: number): number {
  const power = exp(-Math.abs(z));
  return (z >= 0 ? 1 : power) / (1 + power);
}

function targetHasWeight({ targets, weights }: OutOfFold, target: number): boolean {
  return Array.from(targets).some((value, row) => value === target && (weights?.[row] ?? 1) > 0);
}

/** The sum of weights. */
function checked({ predictions, targets, weights }: OutOfFold, what: string): number {
  if (predictions.length === 0) throw new RangeError(`There is nothing to learn ${what} from without a model.`);
  for (const prediction of predictions) {
    checkRows(prediction.length, targets, weights);
    for (let row = 0; row < prediction.length; row++) checkProbability(prediction[row]!, row, what);
  }
  for (let row = 0; row < targets.length; row++) checkClass(targets[row]!, row, what);
  return totalWeight(targets.length, weights, what);
}
