/** How good an analysis is, with errors: significance at the cut, and how good the classifier alone is. */
import { DataError, type Random } from 'restage';
import { bootstrapEach, bootstrapError, log, log1p, rocAuc } from 'restage/ml';
import { ams, amsWithUncertainty, UNDEFINED_AMS } from './ams.ts';
import { type CutRule, expectedAbove, findCut } from './cut.ts';

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
  /** The relative uncertainty of the background, for the AMS that knows of one and has no regulariser. */
  readonly backgroundUncertainty?: number;
}

export interface Bootstrap {
  readonly resamples: number;
  readonly random: Random;
}

/** AMS at a cut that other events have chosen. */
export function measureAms(judged: Judged, rule: AmsRule, bootstrap: Bootstrap): Measurement {
  const rows = judged.predictions.length;
  const value = amsOf(judged, rule);
  // A resample of few events may lack background above the cut; it then counts as all events do.
  const resampled = (sample: Uint32Array): number => definedOr(value, amsOf(taken(judged, sample), rule));
  return { value, error: bootstrapError(resampled, { rows, ...bootstrap }) };
}

/** AMS at the cut that the same events have chosen. */
export interface OwnCutAms extends Measurement {
  /** Before correction: "MVAC" in the study. */
  readonly apparent: number;
  /** By how much it is too high on average; `value` is `apparent` less this. */
  readonly optimism: number;
}

/**
 * AMS at the cut that these very events have chosen, corrected for that. A cut is drawn to where the background happens
 * to be low, so that the AMS there is too high. Every resample chooses a cut by the same rule; how much higher the
 * resample's AMS is at that cut than that of all events at it stands for how much higher theirs is than the truth
 * (the optimism bootstrap: B. Efron, J. Am. Stat. Assoc. 78 (1983) 316, eq. 2.10). The mean of these differences is the
 * correction, half the width of their central 68 % the error: their standard deviation is a fifth too large, because of
 * the few resamples with hardly any background. A resample in which no cut can be found counts as without optimism.
 *
 * Where the rule has an uncertainty of the background, `uncertain` is the AMS that knows of it, from the same resamples
 * and cuts.
 */
export function measureAmsAtOwnCut(
  judged: Judged,
  { backgroundUncertainty, ...rule }: AmsRule & Pick<CutRule, 'minPrediction' | 'topPercent'>,
  bootstrap: Bootstrap,
): { readonly ams: OwnCutAms; readonly uncertain: OwnCutAms | null } {
  const rows = judged.predictions.length;
  const rules: readonly AmsRule[] =
    backgroundUncertainty === undefined ? [rule] : [rule, { ...rule, backgroundUncertainty }];
  const optimisms = bootstrapEach(
    (sample) => {
      const events = taken(judged, sample);
      const weightFactor = rule.wholeSetEvents / rows;
      const own = findCut(events.predictions, events.targets, events.weights, { ...rule, weightFactor });
      return rules.map((each) => {
        if (own === undefined) return 0;
        const chosen = { ...each, cut: own.cut };
        const [ofSample, ofAll] = [amsOf(events, chosen), amsOf(judged, chosen)];
        return Math.min(ofSample, ofAll) === UNDEFINED_AMS ? 0 : ofSample - ofAll;
      });
    },
    { rows, ...bootstrap },
  );
  const [ams, uncertain] = rules.map((each, n): OwnCutAms => {
    const apparent = amsOf(judged, each);
    const { mean, halfWidth } = optimisms[n]!;
    return { value: apparent - mean, error: halfWidth, apparent, optimism: mean };
  });
  return { ams: ams!, uncertain: uncertain ?? null };
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

/**
 * Binary cross-entropy with the classes' weights balanced as in training, so that a constant guess gets 0.69: the mean
 * over the two classes of each one's weighted mean loss. Every resample is balanced again, by its own sums of weights.
 *
 * @throws DataError if the weights of a class add up to 0
 */
export function measureCrossEntropy({ predictions, targets, weights }: Judged, bootstrap: Bootstrap): Measurement {
  const losses = Float64Array.from(targets, (target, n) => {
    const p = predictions[n]!;
    return -Math.max(-100, target === 1 ? log(p) : log1p(-p));
  });
  const classMeans = (rows: ArrayLike<number>): [number, number] => {
    const sums: [number, number] = [0, 0];
    const loss: [number, number] = [0, 0];
    for (let i = 0; i < rows.length; i++) {
      const row = rows[i]!;
      const target = targets[row] === 1 ? 1 : 0;
      sums[target] += weights[row]!;
      loss[target] += weights[row]! * losses[row]!;
    }
    return [loss[0] / sums[0], loss[1] / sums[1]];
  };
  const all = classMeans(Uint32Array.from(losses.keys()));
  for (const [target, name] of ['background', 'signal'].entries())
    if (Number.isNaN(all[target]))
      throw new DataError(`All ${name} events have weight 0, so that they have no cross-entropy; check KaggleWeight.`);
  const mean = (rows: ArrayLike<number>): number => {
    // A resample of few events may lack a class; that one then counts as in all events.
    const [background, signal] = classMeans(rows).map((value, n) => (Number.isNaN(value) ? all[n]! : value));
    return (background! + signal!) / 2;
  };
  return {
    value: (all[0] + all[1]) / 2,
    error: bootstrapError(mean, { rows: losses.length, ...bootstrap }),
  };
}

/**
 * The mean over folds of the AMS at the cut ("MAPA" in the study, on public test events), each fold's weights scaled to
 * the whole set, and each fold's own in ascending order of folds. Its error is the standard deviation over folds
 * divided by the root of their number. Undefined with one fold.
 */
export function meanAmsOverFolds(
  judged: Judged,
  fold: ArrayLike<number>,
  rule: AmsRule,
): (Measurement & { readonly byFold: readonly number[] }) | undefined {
  const members = new Map<number, number[]>();
  for (let n = 0; n < fold.length; n++) {
    const rows = members.get(fold[n]!);
    if (rows === undefined) members.set(fold[n]!, [n]);
    else rows.push(n);
  }
  const folds = [...members].sort(([a], [b]) => a - b);
  const values = folds.map(([, rows]) => amsOf(taken(judged, rows), rule));
  if (values.length < 2) return undefined;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) * (value - mean), 0) / (values.length - 1);
  return { value: mean, error: Math.sqrt(variance / values.length), byFold: values };
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

function definedOr(otherwise: number, value: number): number {
  return value === UNDEFINED_AMS ? otherwise : value;
}

function amsOf({ predictions, targets, weights }: Judged, rule: AmsRule): number {
  const { cut, wholeSetEvents, backgroundRegulariser, backgroundUncertainty } = rule;
  const weightFactor = wholeSetEvents / predictions.length;
  const { signal, background } = expectedAbove(predictions, targets, weights, { cut, weightFactor });
  return backgroundUncertainty === undefined
    ? ams(signal, background, backgroundRegulariser)
    : amsWithUncertainty(signal, background, backgroundUncertainty * background);
}
