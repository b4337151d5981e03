/** How good an analysis is, with errors: significance at the cut, and how good the classifier alone is. */
import type { Random } from 'restage';
import { bootstrapError, log, log1p, rocAuc } from 'restage/ml';
import { amsAtCut } from './cut.ts';
import { balancedWeights } from './splitting.ts';

/** Predictions, and the truth about the same events. */
export interface Judged {
  readonly predictions: ArrayLike<number>;
  /** 1 for signal. */
  readonly targets: ArrayLike<number>;
  /** KaggleWeight, as it is. */
  readonly weights: ArrayLike<number>;
}

/** A number and its standard error: by bootstrap over events, or from the spread over folds. */
export interface Measurement {
  readonly value: number;
  readonly error: number;
}

export interface AmsRule {
  readonly cut: number;
  readonly backgroundRegulariser: number;
  /**
   * The number of events of the complete set; weights are multiplied by this, divided by the number of given events.
   */
  readonly wholeSetEvents: number;
}

export interface Bootstrap {
  readonly resamples: number;
  readonly random: Random;
}

/** AMS at the cut. */
export function measureAms(judged: Judged, rule: AmsRule, bootstrap: Bootstrap): Measurement {
  const rows = judged.predictions.length;
  const value = amsOf(judged, rule);
  const error = bootstrapError((sample) => amsOf(taken(judged, sample), rule), { rows, ...bootstrap });
  return { value, error };
}

/** The area under the ROC curve, with KaggleWeights. */
export function measureRocAuc(judged: Judged, bootstrap: Bootstrap): Measurement {
  const area = ({ predictions, targets, weights }: Judged): number => rocAuc(predictions, targets, weights);
  // A resample of few events may lack a class; then every order is equally good.
  const resampled = (events: Judged): number => (hasBothClasses(events) ? area(events) : 0.5);
  const error = bootstrapError((sample) => resampled(taken(judged, sample)), {
    rows: judged.predictions.length,
    ...bootstrap,
  });
  return { value: area(judged), error };
}

/** Binary cross-entropy with the classes' weights balanced as in training, so that a constant guess gets 0.69. */
export function measureCrossEntropy({ predictions, targets, weights }: Judged, bootstrap: Bootstrap): Measurement {
  const balanced = balancedWeights(targets, weights);
  const losses = Float64Array.from(balanced, (weight, n) => {
    const p = predictions[n]!;
    return -weight * Math.max(-100, targets[n] === 1 ? log(p) : log1p(-p));
  });
  const mean = (rows: Uint32Array): number => rows.reduce((sum, row) => sum + losses[row]!, 0) / rows.length;
  return {
    value: losses.reduce((sum, loss) => sum + loss, 0) / losses.length,
    error: bootstrapError(mean, { rows: losses.length, ...bootstrap }),
  };
}

/**
 * The mean over folds of the AMS at the cut ("MAPA" in the study, on public test events), each fold's weights scaled to the
 * whole set; its error is the standard deviation over folds divided by the root of their number. Undefined with one fold.
 */
export function meanAmsOverFolds(judged: Judged, fold: ArrayLike<number>, rule: AmsRule): Measurement | undefined {
  const members = new Map<number, number[]>();
  for (let n = 0; n < fold.length; n++) {
    const rows = members.get(fold[n]!);
    if (rows === undefined) members.set(fold[n]!, [n]);
    else rows.push(n);
  }
  const values = [...members.values()].map((rows) => amsOf(taken(judged, rows), rule));
  if (values.length < 2) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (values.length - 1);
  return { value: mean, error: Math.sqrt(variance / values.length) };
}

/** The events at these indices, one as often as it is named. */
export function taken({ predictions, targets, weights }: Judged, rows: ArrayLike<number>): Judged {
  const pick = (values: ArrayLike<number>): Float64Array => {
    const result = new Float64Array(rows.length);
    for (let n = 0; n < rows.length; n++) result[n] = values[rows[n]!]!;
    return result;
  };
  return { predictions: pick(predictions), targets: pick(targets), weights: pick(weights) };
}

function hasBothClasses({ targets, weights }: Judged): boolean {
  const sums = [0, 0];
  for (let n = 0; n < targets.length; n++) sums[targets[n]!]! += weights[n]!;
  return sums[0]! > 0 && sums[1]! > 0;
}

function amsOf({ predictions, targets, weights }: Judged, { wholeSetEvents, ...rule }: AmsRule): number {
  return amsAtCut(predictions, targets, weights, { ...rule, weightFactor: wholeSetEvents / predictions.length });
}
