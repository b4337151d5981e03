import { describe, expect, test } from 'vitest';
import { ams } from '../../../pipelines/higgs/judging/ams.ts';
import {
  type Judged,
  meanAmsOverFolds,
  measureAms,
  measureAmsAtOwnCut,
  measureCrossEntropy,
  measureRocAuc,
} from '../../../pipelines/higgs/judging/scoring.ts';
import { streams } from '../streams.ts';

const RULE = { cut: 0.5, backgroundRegulariser: 10, wholeSetEvents: 8 };
const bootstrap = (resamples = 200): { resamples: number; random: ReturnType<ReturnType<typeof streams>> } => ({
  resamples,
  random: streams(1)('bootstrap'),
});

const judged: Judged = {
  predictions: [0.9, 0.8, 0.5, 0.4],
  targets: [1, 0, 1, 0],
  weights: [3, 5, 7, 11],
};

/** Many events, signal more often predicted high. */
function sample(events: number): Judged {
  const random = streams(2)('sample');
  const targets = Array.from({ length: events }, (_, n) => n % 2);
  return {
    targets,
    predictions: targets.map((target) => Math.min(0.999, Math.max(0.001, 0.35 + 0.3 * target + 0.2 * random.normal()))),
    weights: targets.map((target) => (target === 1 ? 0.2 : 3) * (0.5 + random.uniform())),
  };
}

describe('a score', () => {
  test('is the AMS of the events at or above the cut, with weights scaled from the given events to the complete set', () => {
    expect(measureAms(judged, RULE, bootstrap()).value).toBe(ams(2 * 10, 2 * 5));
  });

  test('with an uncertain background too is what it is without, and what it is of one that is certain', () => {
    const random = streams(4)('events');
    const targets = Uint8Array.from({ length: 600 }, () => random.integer(2));
    const events: Judged = {
      targets,
      predictions: Float64Array.from(targets, (target) => 0.6 * random.uniform() + 0.4 * target),
      weights: new Float64Array(600).fill(1),
    };
    const rule = { cut: 0.45, backgroundRegulariser: 0, wholeSetEvents: 600, minPrediction: 0.3, topPercent: 10 };
    const measured = (uncertainty?: number) =>
      measureAmsAtOwnCut(
        events,
        { ...rule, ...(uncertainty !== undefined && { backgroundUncertainty: uncertainty }) },
        bootstrap(50),
      );
    expect(measured().uncertain).toBeNull();
    // The same resamples for both.
    expect(measured(0.1).ams).toEqual(measured().ams);
    expect(measured(0).uncertain).toEqual(measured(0).ams);
    expect(measured(0.1).uncertain!.value).toBeLessThan(measured().ams.value);
  });

  test('has the weighted ROC area: the share of pairs in order', () => {
    // (3, 5) and (3, 11) and (7, 11) are in order, (7, 5) is not.
    expect(measureRocAuc(judged, bootstrap(2)).value).toBeCloseTo((15 + 33 + 77) / (10 * 16), 12);
  });

  test('has a cross-entropy of ln 2 for a constant guess, whatever the weights of the classes', () => {
    const ignorant = { ...judged, predictions: [0.5, 0.5, 0.5, 0.5] };
    expect(measureCrossEntropy(ignorant, bootstrap()).value).toBeCloseTo(Math.LN2, 6);
    const some = measureCrossEntropy(
      { predictions: [0.9, 0.9, 0.1], targets: [1, 1, 0], weights: [3, 5, 4] },
      bootstrap(),
    );
    expect(some.value).toBeCloseTo(-Math.log(0.9), 6);
  });

  test('has a cross-entropy without error for a constant guess, since every resample is balanced again', () => {
    const events = sample(1000);
    const constant = { ...events, predictions: Array.from({ length: 1000 }, () => 0.5) };
    expect(measureCrossEntropy(constant, bootstrap()).error).toBeLessThan(1e-12);
    expect(measureCrossEntropy(events, bootstrap()).error).toBeGreaterThan(1e-3);
  });

  test('has bootstrap errors that shrink as the root of the number of events', () => {
    const few = sample(1000);
    const many = sample(16_000);
    for (const measure of [
      (events: Judged) => measureAms(events, { ...RULE, wholeSetEvents: 1000 }, bootstrap()),
      (events: Judged) => measureRocAuc(events, bootstrap(100)),
      (events: Judged) => measureCrossEntropy(events, bootstrap()),
    ]) {
      const ratio = measure(few).error / measure(many).error;
      expect(ratio).toBeGreaterThan(2.8);
      expect(ratio).toBeLessThan(5.6);
    }
  });

  test('has a mean over folds whose error is their spread over the root of their number', () => {
    const fold = [0, 1, 1, 0];
    const folds = [ams(4 * 3, 0 + 0), ams(4 * 7, 4 * 5)];
    const found = meanAmsOverFolds(judged, fold, RULE)!;
    expect(found.value).toBeCloseTo((folds[0]! + folds[1]!) / 2, 12);
    expect(found.error).toBeCloseTo(Math.abs(folds[0]! - folds[1]!) / 2, 12);
    expect(meanAmsOverFolds(judged, [0, 0, 0, 0], RULE)).toBeUndefined();
  });
});
