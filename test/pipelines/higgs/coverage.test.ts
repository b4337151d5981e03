/** Whether an AMS and its error are what they say: many samples of events of which the truth is known. */
import { expect, test } from 'vitest';
import { ams } from '../../../pipelines/higgs/judging/ams.ts';
import { optimiseCut } from '../../../pipelines/higgs/judging/cut.ts';
import { type Judged, measureAmsAtOwnCut } from '../../../pipelines/higgs/judging/scoring.ts';
import { streams } from '../streams.ts';

/**
 * As many events as the validation part of the 18,000 rows has, 34 % of them signal, with the challenge's sums of
 * weights.
 */
const EVENTS = 3600;
const SIGNAL_SHARE = 0.3427;
const WHOLE = { events: 250_000, signal: 691.9886, background: 410_999.8473 };
const RULE = { minPrediction: 0.9, topPercent: 10, backgroundRegulariser: 10 };

/**
 * A classifier that puts background at N(0, 1) and signal at N(D, 1) and predicts the probability of signal with
 * balanced classes. With this D the best AMS is near the study's.
 */
const D = 1.93;
const predictionAt = (z: number): number => 1 / (1 + Math.exp((D * D) / 2 - D * z));
const positionOf = (prediction: number): number => (Math.log(prediction / (1 - prediction)) + (D * D) / 2) / D;

/** The share of a standard normal distribution above x, by Simpson's rule. */
function above(x: number): number {
  const [steps, step] = [600, 12 / 600];
  const density = (z: number): number => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  let sum = density(x) + density(x + 12);
  for (let n = 1; n < steps; n++) sum += (n % 2 === 1 ? 4 : 2) * density(x + n * step);
  return (sum * step) / 3;
}

function trueAms(cut: number): number {
  const z = positionOf(cut);
  return ams(WHOLE.signal * above(z - D), WHOLE.background * above(z));
}

function drawn(seed: number): Judged {
  const random = streams(seed)('events');
  const targets = Uint8Array.from({ length: EVENTS }, () => (random.uniform() < SIGNAL_SHARE ? 1 : 0));
  const weightOf = [
    WHOLE.background / (1 - SIGNAL_SHARE) / WHOLE.events,
    WHOLE.signal / SIGNAL_SHARE / WHOLE.events,
  ] as const;
  return {
    targets,
    predictions: Float64Array.from(targets, (target) => predictionAt(random.normal() + target * D)),
    weights: Float64Array.from(targets, (target) => weightOf[target as 0 | 1] * (0.5 + random.uniform())),
  };
}

test('the AMS at the cut that its own events have chosen is right on average once it is corrected, and its error covers the truth', () => {
  const samples = 100;
  let [apparent, corrected, within1, within2, error, squares] = [0, 0, 0, 0, 0, 0];
  for (let seed = 1; seed <= samples; seed++) {
    const events = drawn(seed);
    const { cut } = optimiseCut(events.predictions, events.targets, events.weights, {
      ...RULE,
      weightFactor: WHOLE.events / EVENTS,
    });
    const rule = { ...RULE, cut, wholeSetEvents: WHOLE.events };
    const { ams: found } = measureAmsAtOwnCut(events, rule, { resamples: 50, random: streams(seed)('bootstrap') });
    const truth = trueAms(cut);
    apparent += (found.apparent - truth) / samples;
    corrected += (found.value - truth) / samples;
    squares += (found.value - truth) ** 2 / samples;
    error += found.error / samples;
    if (Math.abs(found.value - truth) <= found.error) within1 += 1 / samples;
    if (Math.abs(found.value - truth) <= 2 * found.error) within2 += 1 / samples;
  }
  const spread = Math.sqrt(squares);
  // The mean of so many is known to 0.06; with 300 samples and 100 resamples: 0.13 apparent, -0.03 corrected, 69 % and
  // 95 %.
  expect(apparent).toBeGreaterThan(0.06);
  expect(Math.abs(corrected)).toBeLessThan(0.1);
  expect(Math.abs(error / spread - 1)).toBeLessThan(0.2);
  expect(Math.abs(within1 - 0.683)).toBeLessThan(0.11);
  expect(Math.abs(within2 - 0.954)).toBeLessThan(0.05);
});

test('resamples without background above the least prediction, which have no AMS, do not move the correction', () => {
  for (const background of [2, 3]) {
    const targets = Uint8Array.from({ length: 600 }, (_, n) => (n < 300 ? 1 : 0));
    // Signal from 0.9 to 1, and so many background events there; the others are far below.
    const predictions = Float64Array.from(targets, (target, n) =>
      target === 1 ? 0.9 + n / 3001 : n < 300 + background ? 0.91 + (n - 300) / 50 : 0.1,
    );
    const events: Judged = {
      targets,
      predictions,
      weights: Float64Array.from(targets, (target) => (target === 1 ? 1 : 5)),
    };
    const weightFactor = 1;
    const { cut } = optimiseCut(predictions, targets, events.weights, { ...RULE, weightFactor });
    const rule = { ...RULE, cut, wholeSetEvents: 600 };
    const { ams } = measureAmsAtOwnCut(events, rule, {
      resamples: 400,
      random: streams(1)('bootstrap'),
    });
    expect(Math.abs(ams.optimism)).toBeLessThan(ams.apparent / 20);
  }
});
