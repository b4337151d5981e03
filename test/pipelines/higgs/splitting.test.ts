import fc from 'fast-check';
import { DataError, type Table, tableOf } from 'restage';
import { describe, expect, test } from 'vitest';
import { SETS } from '../../../pipelines/higgs/data/columns.ts';
import { type FeatureColumn, featureTable } from '../../../pipelines/higgs/data/features.ts';
import { simulate } from '../../../pipelines/higgs/simulation/simulate.ts';
import { balancedWeights, splitTraining, testEvents, trainingFolds } from '../../../pipelines/higgs/data/splitting.ts';
import { streams } from '../streams.ts';

const events = featureTable(simulate(6000, streams(1)));

function countsByStratum(table: Table<FeatureColumn>, rows: ArrayLike<number>): number[] {
  const counts = new Array<number>(8).fill(0);
  for (const row of Array.from(rows)) counts[4 * table.columns.target[row]! + table.columns.PRI_jet_num[row]!]!++;
  return counts;
}

/** The same events, a third of them in each of the sets t, b and v. */
function inThreeSets(table: Table<FeatureColumn>): Table<FeatureColumn> {
  const sets = [SETS.t, SETS.b, SETS.v];
  return tableOf({ ...table.columns, set: Uint8Array.from({ length: table.rows }, (_, n) => sets[n % 3]!) });
}

describe('the split', () => {
  test('sets a fifth of each class and number of jets aside, to within an event, and loses no event', () => {
    const { first, second } = splitTraining(events, 0.2, streams(2)('split'));
    expect([...first, ...second].sort((a, b) => a - b)).toEqual(Array.from({ length: 6000 }, (_, n) => n));
    expect(second).toHaveLength(1200);
    const all = countsByStratum(events, [...first, ...second]);
    for (const [stratum, count] of countsByStratum(events, second).entries())
      expect(Math.abs(count - all[stratum]! / 5)).toBeLessThanOrEqual(1);
  });

  test('takes training events from KaggleSet t alone, and test events from b and v', () => {
    const mixed = inThreeSets(events);
    const { first, second } = splitTraining(mixed, 0.2, streams(2)('split'));
    expect(first.length + second.length).toBe(2000);
    for (const row of [...first, ...second]) expect(mixed.columns.set[row]).toBe(SETS.t);
    const { rows, fold } = testEvents(mixed, 10, streams(2));
    expect(rows).toHaveLength(4000);
    for (const row of rows) expect(mixed.columns.set[row]).not.toBe(SETS.t);
    for (let k = 0; k < 10; k++) expect(fold.filter((number) => number === k)).toHaveLength(400);
  });

  test('has no test events and no folds of them if the file has none', () => {
    expect(testEvents(events, 10, streams(2))).toEqual({ rows: new Uint32Array(0), fold: new Uint8Array(0) });
  });

  test('depends on its stream alone', () => {
    const again = splitTraining(events, 0.2, streams(2)('split'));
    expect(again).toEqual(splitTraining(events, 0.2, streams(2)('split')));
    expect(again).not.toEqual(splitTraining(events, 0.2, streams(3)('split')));
  });
});

describe('the training folds', () => {
  test('hold every training event once, and each class and number of jets equally, to within an event', () => {
    const { first } = splitTraining(events, 0.2, streams(2)('split'));
    const { rows, starts } = trainingFolds(events, first, 10, streams(2)('folds'));
    expect(Array.from(rows).sort((a, b) => a - b)).toEqual(Array.from(first));
    expect(starts).toEqual(Uint32Array.from({ length: 11 }, (_, k) => 480 * k));
    const all = countsByStratum(events, rows);
    for (let k = 0; k < 10; k++)
      for (const [stratum, count] of countsByStratum(events, rows.subarray(starts[k], starts[k + 1])).entries())
        expect(Math.abs(count - all[stratum]! / 10)).toBeLessThanOrEqual(1);
  });

  test('each have a signal event as soon as there are as many as folds, however they spread over numbers of jets', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.integer({ min: 0, max: 2 }), fc.nat(), (folds, more, seed) => {
        const target = Uint8Array.from({ length: 6000 }, (_, n) => (n % 97 === 0 && n / 97 < folds + more ? 1 : 0));
        const few = tableOf({ ...events.columns, target });
        const training = Uint32Array.from({ length: 6000 }, (_, n) => n);
        const { rows, starts } = trainingFolds(few, training, folds, streams(seed)('folds'));
        for (let k = 0; k < folds; k++)
          expect(rows.subarray(starts[k], starts[k + 1]).some((row) => target[row] === 1)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  test('are refused if a class has fewer events than there are folds', () => {
    const target = Uint8Array.from({ length: 6000 }, (_, n) => (n < 3 ? 1 : 0));
    const few = tableOf({ ...events.columns, target });
    const make = (): unknown =>
      trainingFolds(
        few,
        Uint32Array.from({ length: 6000 }, (_, n) => n),
        10,
        streams(1)('f'),
      );
    expect(make).toThrow(DataError);
    expect(make).toThrow(
      'There are 3 signal events to train on, fewer than the 10 folds; give more events, or fewer folds with -S folds.count=N.',
    );
  });
});

describe('the weights for training', () => {
  test('add up to half the number of events in each class, so that their mean is 1', () => {
    const event = fc.tuple(fc.constantFrom(0, 1), fc.double({ min: 1e-3, max: 10, noNaN: true }));
    fc.assert(
      fc.property(fc.array(event, { minLength: 2, maxLength: 200 }), (drawn) => {
        const pairs = [...drawn, [0, 1], [1, 0.5]] as const;
        const targets = pairs.map(([target]) => target);
        const weights = balancedWeights(
          targets,
          pairs.map(([, weight]) => weight),
        );
        for (const label of [0, 1]) {
          const sum = weights.reduce((total, weight, n) => total + (targets[n] === label ? weight : 0), 0);
          expect(sum / (pairs.length / 2)).toBeCloseTo(1, 5);
        }
      }),
    );
  });

  test('keep the proportions within a class', () => {
    const weights = balancedWeights([0, 0, 1], [1, 3, 0.01]);
    expect(Array.from(weights)).toEqual([0.375, 1.125, 1.5]);
  });

  test('are refused if all of a class are zero', () => {
    expect(() => balancedWeights([0, 1], [1, 0])).toThrow(
      'All signal events have weight 0, so that nothing can be learnt of them; check KaggleWeight.',
    );
  });
});
