/** Charts of an analysis for reports: the ROC curve, the AMS against the cut, and the predictions of each class. */
import type { ChartPanel, LineMark, PanelMark } from 'restage';
import { ams, UNDEFINED_AMS } from './ams.ts';
import type { AmsRule, Judged } from './scoring.ts';

const ROC_POINTS = 200;
const AMS_POINTS = 300;
const BINS = 50;

/** A set of events, with what a rule needs to count it as a complete one. */
export interface JudgedSet {
  /** Validation, public test, private test. */
  readonly name: string;
  readonly judged: Judged;
  readonly wholeSetEvents: number;
}

/** The share of the signal against that of the background above each cut, both by weight. */
export function rocPanel(sets: readonly JudgedSet[]): ChartPanel {
  return {
    title: 'ROC curve',
    text: 'The share of the signal that is kept against the share of the background, for every cut on the prediction; both are counted by weight.',
    x: { label: 'background kept', domain: [0, 1] },
    y: { label: 'signal kept', domain: [0, 1] },
    marks: sets.map(({ name, judged }) => rocLine(name, judged)),
  };
}

/** The AMS at every cut from `least` on, and the cut that was chosen. */
export function amsPanel(
  sets: readonly JudgedSet[],
  { cut, least, backgroundRegulariser }: Pick<AmsRule, 'cut' | 'backgroundRegulariser'> & { readonly least: number },
): ChartPanel {
  return {
    title: 'AMS against the cut',
    text: 'The approximate median significance of the events predicted at or above the cut. The validation events chose the cut, so that their AMS there is too high.',
    x: { label: 'cut on the prediction' },
    y: { label: 'AMS' },
    marks: [
      ...sets.map((set) => amsLine(set, least, backgroundRegulariser)),
      { mark: 'rule', axis: 'x', at: cut, name: 'chosen cut' },
    ],
  };
}

/** How each class is predicted: histograms of equal area, by weight. */
export function predictionsPanel({ name, judged }: JudgedSet, cut: number): ChartPanel {
  return {
    title: 'Predictions by class',
    text: `How the ${name} events of each class are predicted, by weight, each class with an area of 1.`,
    x: { label: 'prediction', domain: [0, 1] },
    y: { label: 'density' },
    marks: [
      histogram('background', 0, judged),
      histogram('signal', 1, judged),
      { mark: 'rule', axis: 'x', at: cut, name: 'chosen cut' },
    ],
  };
}

function rocLine(name: string, judged: Judged): LineMark {
  const { predictions, targets, weights } = judged;
  const totals = [0, 0];
  for (let event = 0; event < targets.length; event++) totals[targets[event] === 1 ? 1 : 0]! += weights[event]!;
  const order = descending(predictions, 0);
  const x = [0];
  const y = [0];
  const sums = [0, 0];
  for (const [rank, event] of order.entries()) {
    sums[targets[event] === 1 ? 1 : 0]! += weights[event]!;
    const next = order[rank + 1];
    // Equal predictions are kept or left together.
    if (next !== undefined && predictions[next] === predictions[event]) continue;
    const [kept, signal] = [share(sums[0]!, totals[0]!), share(sums[1]!, totals[1]!)];
    const isApart = Math.abs(kept - x.at(-1)!) + Math.abs(signal - y.at(-1)!) >= 2 / ROC_POINTS;
    if (!isApart && next !== undefined) continue;
    x.push(kept);
    y.push(signal);
  }
  return { mark: 'line', name, x, y };
}

/** At cuts that are evenly spaced: from the top down, each adds the events above it. */
function amsLine({ name, judged, wholeSetEvents }: JudgedSet, least: number, regulariser: number): LineMark {
  const { predictions, targets, weights } = judged;
  const factor = wholeSetEvents / predictions.length;
  const order = descending(predictions, least);
  const x: number[] = [];
  const y: (number | null)[] = [];
  const sums = [0, 0];
  let rank = 0;
  for (let n = AMS_POINTS - 1; n >= 0; n--) {
    const cut = least + ((1 - least) * n) / AMS_POINTS;
    for (; rank < order.length && predictions[order[rank]!]! >= cut; rank++)
      sums[targets[order[rank]!] === 1 ? 1 : 0]! += weights[order[rank]!]!;
    const value = ams(factor * sums[1]!, factor * sums[0]!, regulariser);
    x.push(cut);
    y.push(value === UNDEFINED_AMS ? null : value);
  }
  return { mark: 'line', name, x: x.reverse(), y: y.reverse() };
}

function histogram(name: string, target: 0 | 1, { predictions, targets, weights }: Judged): PanelMark {
  const heights = new Array<number>(BINS).fill(0);
  let total = 0;
  for (let event = 0; event < predictions.length; event++) {
    if ((targets[event] === 1 ? 1 : 0) !== target) continue;
    heights[Math.min(BINS - 1, Math.max(0, Math.floor(predictions[event]! * BINS)))]! += weights[event]!;
    total += weights[event]!;
  }
  const edges = Array.from({ length: BINS + 1 }, (_, n) => n / BINS);
  return { mark: 'histogram', name, edges, heights: heights.map((height) => share(height * BINS, total)) };
}

/** Indices of the predictions of at least `least`, from the highest down. */
function descending(predictions: ArrayLike<number>, least: number): Uint32Array {
  const indices = Uint32Array.from({ length: predictions.length }, (_, event) => event);
  return indices
    .filter((event) => predictions[event]! >= least)
    .sort((a, b) => predictions[b]! - predictions[a]! || a - b);
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0;
}
