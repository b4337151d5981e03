/** The stage that lays out what networks read: compact binary inputs, and what is known of each event beside them. */
import { json, stage, type Table, table, tableOf, tensor, weights } from 'restage';
import type { Scaler } from 'restage/ml';
import { z } from 'zod';
import type { FeatureColumn } from '../data/features.ts';
import { inputTensors, picked } from '../data/inputs.ts';
import { balancedWeights, type Rows, strataParam, testEvents, trainingFolds } from '../data/splitting.ts';

/**
 * - `training`: `continuous`, `codes`, `means` and `scales` (see `inputTensors`), `targets` [n] uint8, `weights` [n]
 * float32 (mean 1) and
 *   `foldStarts` [folds + 1] uint32. Rows stand fold by fold: fold k is rows foldStarts[k] to foldStarts[k + 1].
 * - `validation`, `test`: what `inputTensors` makes.
 * - `validationTruth`, `testTruth`: `target`, `weight` (KaggleWeight) and, for test, `set`, `fold` and `EventId`.
 */
export const foldSplit = stage({
  name: 'higgs/fold-split',
  description: 'standardised inputs: training events in folds, validation and test events',
  params: z.strictObject({
    trainingFolds: z.int().min(2),
    testFolds: z.int().min(1).max(255),
    strata: strataParam,
  }),
  inputs: {
    features: table<FeatureColumn>(),
    trainingRows: table<'row'>(),
    validationRows: table<'row'>(),
    scaler: json<Scaler>(),
  },
  outputs: {
    training: weights(),
    validation: weights(),
    validationTruth: table<'target' | 'weight'>(),
    test: weights(),
    testTruth: table<'target' | 'weight' | 'set' | 'fold' | 'EventId'>(),
  },
  random: true,
  async run({ params, inputs, rng }) {
    const [features, scaler, trainingRows, validationRows] = await Promise.all([
      inputs.features.read(),
      inputs.scaler.read(),
      inputs.trainingRows.read(),
      inputs.validationRows.read(),
    ]);
    const { rows, starts } = trainingFolds(
      features,
      trainingRows.columns.row,
      params.trainingFolds,
      rng('training-folds'),
      params.strata,
    );
    const { target, weight } = truth(features, rows).columns;
    const validation = validationRows.columns.row;
    const test = testEvents(features, params.testFolds, rng);
    return {
      training: {
        ...inputTensors(features, rows, scaler),
        targets: tensor([rows.length], target),
        weights: tensor([rows.length], balancedWeights(target, weight)),
        foldStarts: tensor([starts.length], starts),
      },
      validation: inputTensors(features, validation, scaler),
      validationTruth: truth(features, validation),
      test: inputTensors(features, test.rows, scaler),
      testTruth: tableOf({
        ...truth(features, test.rows).columns,
        ...picked(features, ['set', 'EventId'], test.rows).columns,
        fold: test.fold,
      }),
    };
  },
});

function truth(features: Table<FeatureColumn>, rows: Rows): Table<'target' | 'weight'> {
  return picked(features, ['target', 'weight'], rows);
}
