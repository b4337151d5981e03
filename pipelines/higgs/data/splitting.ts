/** Which events are for what: training, validation, test, and the folds of each. */
import { DataError, type Random, type RandomStreams, type Table } from 'restage';
import { type Split, stratifiedFolds, stratifiedSplit } from 'restage/ml';
import { z } from 'zod';
import { SETS } from './columns.ts';
import { type FeatureColumn, JET_CATEGORIES } from './features.ts';

/** Rows of a features table. */
export type Rows = ArrayLike<number>;

/** What a split depends on. */
type SplitColumn = 'set' | 'target' | 'PRI_jet_num';

/** What parts of the events hold in equal proportions: each class, or each combination of class and number of jets. */
export const strataParam = z.enum(['class', 'class and jets']).default('class and jets');
export type Strata = z.output<typeof strataParam>;

/**
 * Splits the events of KaggleSet t into training (`first`) and validation (`second`), each stratum in the same
 * proportion.
 */
export function splitTraining(
  events: Table<SplitColumn>,
  validationFraction: number,
  random: Random,
  strata: Strata = 'class and jets',
): Split {
  const training = rowsOfSets(events, [SETS.t]);
  const split = stratifiedSplit(strataOf(events, training, strata), validationFraction, random);
  return { first: split.first.map((n) => training[n]!), second: split.second.map((n) => training[n]!) };
}

/** Events in folds: fold k is `rows[starts[k]]` up to `rows[starts[k + 1]]`. */
export interface Folds {
  readonly rows: Uint32Array;
  readonly starts: Uint32Array;
}

/**
 * Deals training events into folds, each stratum in the same proportion.
 * @throws DataError if there are fewer events of a class than folds
 */
export function trainingFolds(
  events: Table<FeatureColumn>,
  training: Rows,
  folds: number,
  random: Random,
  strata: Strata = 'class and jets',
): Folds {
  const counts = [0, 0];
  for (let n = 0; n < training.length; n++) counts[events.columns.target[training[n]!]!]!++;
  for (const [target, name] of ['background', 'signal'].entries()) {
    if (counts[target]! < folds)
      throw new DataError(
        `There are ${counts[target]!} ${name} events to train on, fewer than the ${folds} folds; give more events, or fewer folds with -S folds.count=N.`,
      );
  }
  const rows = new Uint32Array(training.length);
  const starts = new Uint32Array(folds + 1);
  for (const [k, fold] of stratifiedFolds(strataOf(events, training, strata), folds, random).entries()) {
    starts[k + 1] = starts[k]! + fold.length;
    rows.set(
      fold.map((n) => training[n]!),
      starts[k],
    );
  }
  return { rows, starts };
}

/**
 * The test events (KaggleSet b and v), and a fold for each, by chance alone: what the mean public AMS is taken over.
 */
export function testEvents(
  events: Table<FeatureColumn>,
  folds: number,
  rng: RandomStreams,
): { readonly rows: Uint32Array; readonly fold: Uint8Array } {
  const rows = rowsOfSets(events, [SETS.b, SETS.v]);
  const fold = new Uint8Array(rows.length);
  if (rows.length > 0) {
    const dealt = stratifiedFolds(new Uint8Array(rows.length), Math.min(folds, rows.length), rng('test-folds'));
    for (const [number, members] of dealt.entries()) for (const n of members) fold[n] = number;
  }
  return { rows, fold };
}

/**
 * Weights for training: each class adds up to half the number of events, so that their mean is 1. (The study's classes
 * added up to 1, with Adam's epsilon smaller by the same factor: the same training, since Adam's update does not change
 * when loss and epsilon are scaled together.)
 * @throws DataError if the weights of a class that has events add up to zero
 */
export function balancedWeights(targets: ArrayLike<number>, weights: ArrayLike<number>): Float32Array {
  const sums = [0, 0];
  for (let n = 0; n < targets.length; n++) sums[targets[n]!]! += weights[n]!;
  return Float32Array.from({ length: targets.length }, (_, n) => {
    const target = targets[n]!;
    if (sums[target] === 0)
      throw new DataError(
        `All ${target === 1 ? 'signal' : 'background'} events have weight 0, so that nothing can be learnt of them; check KaggleWeight.`,
      );
    return (weights[n]! * (targets.length / 2)) / sums[target]!;
  });
}

function rowsOfSets({ rows, columns }: Table<SplitColumn>, sets: readonly number[]): Uint32Array {
  const found = new Uint32Array(rows);
  let count = 0;
  for (let row = 0; row < rows; row++) if (sets.includes(columns.set[row]!)) found[count++] = row;
  return found.subarray(0, count);
}

/** One key for each stratum. */
function strataOf({ columns }: Table<SplitColumn>, rows: Rows, strata: Strata): Uint8Array {
  const jets = (row: number): number => (strata === 'class' ? 0 : columns.PRI_jet_num[row]!);
  return Uint8Array.from(
    { length: rows.length },
    (_, n) => columns.target[rows[n]!]! * JET_CATEGORIES + jets(rows[n]!),
  );
}
