import fc from 'fast-check';
import { DataError } from 'restage';
import { describe, expect, test } from 'vitest';
import { ams } from '../../../pipelines/higgs/judging/ams.ts';
import { amsAtCut, type CutRule, optimiseCut } from '../../../pipelines/higgs/judging/cut.ts';

interface Event {
  readonly prediction: number;
  readonly label: number;
  readonly weight: number;
}

const RULE: CutRule = { minPrediction: 0.9, topPercent: 10, backgroundRegulariser: 10, weightFactor: 5 };

function optimise(events: readonly Event[], rule: CutRule): ReturnType<typeof optimiseCut> {
  return optimiseCut(
    events.map(({ prediction }) => prediction),
    events.map(({ label }) => label),
    events.map(({ weight }) => weight),
    rule,
  );
}

/** As in the study: the AMS of every candidate by a sum over all events. */
function naiveCut(
  events: readonly Event[],
  rule: CutRule,
): { cut: number; maxAms: number; averaged: number } | undefined {
  const significance = events.map(({ prediction }) => {
    if (prediction < rule.minPrediction) return -1;
    const above = events.filter((event) => event.prediction >= prediction);
    const sum = (label: number): number =>
      above.filter((event) => event.label === label).reduce((total, { weight }) => total + weight, 0);
    return ams(rule.weightFactor * sum(1), rule.weightFactor * sum(0), rule.backgroundRegulariser);
  });
  const ranked = events
    .map(({ prediction }, index) => ({ prediction, ams: significance[index]! }))
    .filter((event) => event.ams > -1)
    .sort((a, b) => b.ams - a.ams || b.prediction - a.prediction)
    .slice(0, Math.max(1, Math.floor((rule.topPercent * events.length) / 100)));
  if (ranked.length === 0) return undefined;
  return {
    cut: ranked.reduce((total, { prediction }) => total + prediction, 0) / ranked.length,
    maxAms: ranked[0]!.ams,
    averaged: ranked.length,
  };
}

// Whole weights, so that the order of adding them does not matter; few predictions, so that many tie.
const event = fc.record({
  prediction: fc.oneof(
    fc.integer({ min: 80, max: 100 }).map((p) => p / 100),
    fc.double({ min: 0.8, max: 1, noNaN: true }),
  ),
  label: fc.constantFrom(0, 1),
  weight: fc.integer({ min: 0, max: 5 }),
});

describe('the optimised cut', () => {
  test('is the one that comparing every event with every other gives, ties and all', () => {
    fc.assert(
      fc.property(
        fc.array(event, { minLength: 1, maxLength: 60 }),
        fc.constantFrom(5, 10, 40, 100),
        (events, topPercent) => {
          const rule = { ...RULE, topPercent };
          const expected = naiveCut(events, rule);
          if (expected === undefined) {
            expect(() => optimise(events, rule)).toThrow(DataError);
            return;
          }
          const found = optimise(events, rule);
          expect(found.cut).toBeCloseTo(expected.cut, 12);
          expect(found.maxAms).toBe(expected.maxAms);
          expect(found.averaged).toBe(expected.averaged);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test('is the mean prediction of the best tenth, and its AMS counts what is at or above it', () => {
    // AMS over the cuts: 0.99 has no background; from 0.98 down signal, then only background.
    const events: Event[] = [
      { prediction: 0.99, label: 1, weight: 30 },
      { prediction: 0.98, label: 0, weight: 1 },
      { prediction: 0.96, label: 1, weight: 30 },
      { prediction: 0.92, label: 0, weight: 500 },
      ...Array.from({ length: 16 }, () => ({ prediction: 0.1, label: 0, weight: 9 })),
    ];
    const found = optimise(events, RULE);
    expect(found.averaged).toBe(2);
    expect(found.cut).toBeCloseTo((0.96 + 0.98) / 2, 12);
    expect(found.maxAms).toBe(ams(300, 5));
    expect(found.maxAmsAt).toBe(0.96);
    expect(found.ams).toBe(ams(150, 5));
    expect(found.candidates).toBe(4);
  });

  test('uses only the candidates if they are fewer than a tenth of all events', () => {
    const events = [
      { prediction: 0.95, label: 0, weight: 1 },
      { prediction: 0.95, label: 1, weight: 1 },
      ...Array.from({ length: 98 }, () => ({ prediction: 0.2, label: 1, weight: 1 })),
    ];
    const found = optimise(events, RULE);
    expect(found.averaged).toBe(2);
    expect(found.cut).toBeCloseTo(0.95, 12);
  });

  test('is refused in one sentence if no event is predicted high enough, or no background event is', () => {
    const low = [{ prediction: 0.5, label: 1, weight: 1 }];
    expect(() => optimise(low, RULE)).toThrow(
      'No cut can be found: no event of the 1 for validation is predicted at 0.9 or above; lower cut.minPrediction, or train longer.',
    );
    expect(() => optimise([{ prediction: 0.95, label: 1, weight: 1 }, ...low], RULE)).toThrow(
      'No cut can be found: no background event of the 2 for validation is predicted at 0.9 or above; lower cut.minPrediction, or train longer.',
    );
  });

  test('is refused with the reason if weights leave nothing to cut on', () => {
    const events = (weights: readonly [number, number]): Event[] =>
      weights.map((weight, label) => ({ prediction: 0.95, label, weight }));
    expect(() => optimise(events([0, 0]), RULE)).toThrow(
      'No cut can be found: the 1 background events predicted at 0.9 or above have weights that add up to 0; check KaggleWeight.',
    );
    expect(() => optimise(events([1, 0]), RULE)).toThrow(
      'No cut can be found: the 1 signal events predicted at 0.9 or above have weights that add up to 0; check KaggleWeight.',
    );
    expect(() => optimise(events([1, 1]).slice(0, 1), RULE)).toThrow('no signal event of the 1 for validation');
  });

  test('averages exactly the share that was asked for', () => {
    const events = Array.from({ length: 1000 }, (_, n) => ({ prediction: 0.95, label: n % 2, weight: 1 }));
    for (const [topPercent, averaged] of [
      [29, 290],
      [2.3, 23],
      [0.1, 1],
      [33.35, 333],
    ] as const)
      expect(optimise(events, { ...RULE, topPercent }).averaged).toBe(averaged);
  });

  test('sums weights in float64, so that 450,000 small ones lose nothing', () => {
    const events = 450_000;
    const predictions = new Float32Array(events).fill(0.95);
    const labels = Uint8Array.from({ length: events }, (_, n) => n % 2);
    const weights = new Float64Array(events).fill(0.1);
    const rule = { weightFactor: 1, backgroundRegulariser: 10, cut: 0.9 };
    expect(amsAtCut(predictions, labels, weights, rule)).toBeCloseTo(ams(22_500, 22_500), 8);
  });
});
