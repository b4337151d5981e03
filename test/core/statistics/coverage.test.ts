/**
 * How often the 95 % intervals hold the true difference, in 10,000 simulated experiments for each design. The data
 * follow the model that the design's correction assumes: differences are normal, and correlated by what they share.
 */
import { describe, expect, test } from 'vitest';
import { randomStreams } from '../../../src/core/identity/random.ts';
import { pairedBootstrap } from '../../../src/core/statistics/bootstrap.ts';
import type { StudentDesign } from '../../../src/core/statistics/design.ts';
import { studentEstimate } from '../../../src/core/statistics/paired-difference.ts';

const DRAWS = 10_000;
const TRUE_DIFFERENCE = 0.3;

/** One experiment: differences with the correlation that all pairs have with each other. */
function draw(normal: () => number, pairs: number, correlation: number): readonly number[] {
  const common = Math.sqrt(correlation) * normal();
  const own = Math.sqrt(1 - correlation);
  return Array.from({ length: pairs }, () => TRUE_DIFFERENCE + common + own * normal());
}

function covers({ low, high }: { readonly low: number; readonly high: number }): boolean {
  return low <= TRUE_DIFFERENCE && TRUE_DIFFERENCE <= high;
}

/** The share of intervals that hold the true difference, each experiment judged as each of the designs. */
function coverages(pairs: number, correlation: number, designs: readonly StudentDesign[]): readonly number[] {
  const { normal } = randomStreams({ stage: 'test/coverage', key: { pairs, correlation } })('differences');
  const held = designs.map(() => 0);
  for (let k = 0; k < DRAWS; k++) {
    const given = draw(normal, pairs, correlation).map((difference, i) => ({
      name: String(i),
      base: 0,
      variant: difference,
      difference,
    }));
    designs.forEach((design, d) => {
      const estimate = studentEstimate(given, design, 0.95);
      if (estimate.kind === 'interval' && covers(estimate)) held[d]!++;
    });
  }
  return held.map((count) => count / DRAWS);
}

function expectNominal(coverage: number): void {
  expect(coverage).toBeGreaterThan(0.94);
  expect(coverage).toBeLessThan(0.96);
}

const FIXED: StudentDesign = { kind: 'fixed-test-set' };

describe('an interval of 95 % holds the true difference in 94 to 96 % of experiments', () => {
  test('of 6 seeds on a fixed test set', () => {
    const [coverage] = coverages(6, 0, [FIXED]);
    console.log(`fixed test set, 6 seeds: ${coverage}`);
    expectNominal(coverage!);
  });

  test('of 6 seeds with a redrawn 80:20 split, where the naive one holds it far less often', () => {
    const [coverage, naive] = coverages(6, 0.2, [{ kind: 'redrawn-split', testShare: 0.2 }, FIXED]);
    console.log(`redrawn split, 6 seeds: ${coverage}; without the correction ${naive}`);
    expectNominal(coverage!);
    expect(naive).toBeLessThan(0.85);
  });

  test('of 6 seeds x 10 folds, where the naive one holds it about half the time', () => {
    const [coverage, naive] = coverages(60, 0.1, [{ kind: 'cross-validation', folds: 10, seeds: 6 }, FIXED]);
    console.log(`cross-validation, 6 seeds x 10 folds: ${coverage}; without the correction ${naive}`);
    expectNominal(coverage!);
    expect(naive).toBeLessThan(0.6);
  });

  test('of 30 events of one test set', () => {
    const events = 30;
    const { normal } = randomStreams({ stage: 'test/coverage', key: { events } })('differences');
    const values = Float64Array.from({ length: DRAWS * events }, () => TRUE_DIFFERENCE + normal());
    const means = new Float64Array(DRAWS);
    const intervals = pairedBootstrap({
      events,
      resamples: 399,
      statistics: (sample) => {
        for (let k = 0; k < DRAWS; k++) {
          let total = 0;
          for (let i = 0; i < events; i++) total += values[k * events + sample[i]!]!;
          means[k] = total / events;
        }
        return means;
      },
    });
    const coverage = intervals.filter(covers).length / DRAWS;
    console.log(`events, 30 of them: ${coverage}`);
    expectNominal(coverage);
  });
});
