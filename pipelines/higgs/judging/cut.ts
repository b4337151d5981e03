/**
 * Where to cut on a classifier's output: the rule of the study (LUMIN 0.5.1, optimisation/threshold.py),
 * in one sort and with float64 sums where the original was quadratic.
 */
import { DataError } from 'restage';
import { z } from 'zod';
import { ams } from './ams.ts';

export const cutParams = z.strictObject({
  topPercent: z.number().gt(0).max(100).default(10),
  minPrediction: z.number().min(0).lt(1).default(0.9),
});

export interface CutRule {
  /** Only events predicted at or above this are candidates. */
  readonly minPrediction: number;
  /** The cut is the mean prediction of this share of all events, those of highest AMS. */
  readonly topPercent: number;
  readonly backgroundRegulariser: number;
  /** Weights are multiplied by this: from the validation events to a full set. */
  readonly weightFactor: number;
}

export interface Cut {
  readonly cut: number;
  /** AMS at the cut ("MVAC" in the study). */
  readonly ams: number;
  /** The largest AMS of all ("MMVA"), and the prediction that it belongs to. */
  readonly maxAms: number;
  readonly maxAmsAt: number;
  /** How many events the mean was taken over, and how many were candidates. */
  readonly averaged: number;
  readonly candidates: number;
}

/**
 * For every candidate, the AMS of cutting at its prediction (`>=`, so that ties share one AMS); then the mean
 * prediction of the `topPercent` of all events with the highest AMS. One high and narrow peak of the AMS, where a few
 * background events decide, so has little say. Among equal AMS the higher prediction comes first.
 *
 * Where fewer events than that are candidates with a defined AMS, the mean is over those alone (the original would have
 * continued with events that it had excluded).
 * @param labels 1 for signal
 * @throws DataError if no candidate has a defined AMS
 */
export function optimiseCut(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights: ArrayLike<number>,
  rule: CutRule,
): Cut {
  const found = findCut(predictions, labels, weights, rule);
  if (found !== undefined) return found;
  const candidates = descending(predictions, rule.minPrediction);
  throw new DataError(`No cut can be found: ${whyNone(candidates, labels, weights, rule)}.`);
}

/** The same; undefined if no candidate has a defined AMS. */
export function findCut(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights: ArrayLike<number>,
  rule: CutRule,
): Cut | undefined {
  const order = descending(predictions, rule.minPrediction);
  const significance = new Float64Array(order.length);
  let signal = 0;
  let background = 0;
  for (let start = 0; start < order.length;) {
    const prediction = predictions[order[start]!]!;
    let end = start;
    for (; end < order.length && predictions[order[end]!] === prediction; end++) {
      const event = order[end]!;
      if (labels[event] === 1) signal += weights[event]!;
      else background += weights[event]!;
    }
    const value = ams(rule.weightFactor * signal, rule.weightFactor * background, rule.backgroundRegulariser);
    significance.fill(value, start, end);
    start = end;
  }
  // `order` falls in prediction, and sorting is stable: equal significances keep that order.
  const ranked = Uint32Array.from(order.keys())
    .filter((rank) => significance[rank]! > -1)
    .sort((a, b) => significance[b]! - significance[a]! || a - b);
  if (ranked.length === 0) return undefined;
  const averaged = Math.min(ranked.length, Math.max(1, wholePart(rule.topPercent, predictions.length)));
  let sum = 0;
  for (let n = 0; n < averaged; n++) sum += predictions[order[ranked[n]!]!]!;
  const cut = sum / averaged;
  return {
    cut,
    ams: amsAtCut(predictions, labels, weights, { ...rule, cut }),
    maxAms: significance[ranked[0]!]!,
    maxAmsAt: predictions[order[ranked[0]!]!]!,
    averaged,
    candidates: order.length,
  };
}

/** AMS of the events predicted at or above the cut. */
export function amsAtCut(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights: ArrayLike<number>,
  rule: Pick<CutRule, 'weightFactor' | 'backgroundRegulariser'> & { readonly cut: number },
): number {
  const { signal, background } = expectedAbove(predictions, labels, weights, rule);
  return ams(signal, background, rule.backgroundRegulariser);
}

/** The expected signal and background events predicted at or above the cut. */
export function expectedAbove(
  predictions: ArrayLike<number>,
  labels: ArrayLike<number>,
  weights: ArrayLike<number>,
  { cut, weightFactor }: { readonly cut: number; readonly weightFactor: number },
): { readonly signal: number; readonly background: number } {
  let signal = 0;
  let background = 0;
  for (let event = 0; event < predictions.length; event++) {
    if (!(predictions[event]! >= cut)) continue;
    if (labels[event] === 1) signal += weights[event]!;
    else background += weights[event]!;
  }
  return { signal: weightFactor * signal, background: weightFactor * background };
}

/** Why no candidate has a defined AMS, as half a sentence. */
function whyNone(
  candidates: Uint32Array,
  labels: ArrayLike<number>,
  weights: ArrayLike<number>,
  { minPrediction }: CutRule,
): string {
  const kinds = ['background', 'signal'].map((name, label) => {
    const events = candidates.filter((event) => (labels[event] === 1 ? 1 : 0) === label);
    return { name, events: events.length, weight: events.reduce((sum, event) => sum + weights[event]!, 0) };
  });
  const lacking = candidates.length === 0 ? 'event' : kinds.find(({ events }) => events === 0)?.name;
  if (lacking !== undefined)
    return `no ${lacking === 'event' ? '' : `${lacking} `}event of the ${labels.length} for validation is predicted at ${minPrediction} or above; lower cut.minPrediction, or train longer`;
  const weightless = kinds.find(({ weight }) => !(weight > 0));
  return weightless === undefined
    ? `the AMS is 0 wherever the ${candidates.length} events predicted at ${minPrediction} or above are cut; check KaggleWeight`
    : `the ${weightless.events} ${weightless.name} events predicted at ${minPrediction} or above have weights that add up to ${weightless.weight}; check KaggleWeight`;
}

/** `percent` of a number of events, in whole events; 29 % of 100 are 29, though 0.29 * 100 is less in float64. */
function wholePart(percent: number, events: number): number {
  const share = (percent * events) / 100;
  const nearest = Math.round(share);
  return Math.abs(share - nearest) <= 1e-12 * share ? nearest : Math.floor(share);
}

/** Indices of the predictions of at least `least`, from the highest down. */
function descending(predictions: ArrayLike<number>, least: number): Uint32Array {
  const indices = new Uint32Array(predictions.length);
  let count = 0;
  for (let event = 0; event < predictions.length; event++) if (predictions[event]! >= least) indices[count++] = event;
  return indices.subarray(0, count).sort((a, b) => predictions[b]! - predictions[a]! || a - b);
}
