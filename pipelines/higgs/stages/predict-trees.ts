/** The stage that classifies events with boosted trees: the mean over folds, weighted as networks are. */
import { json, many, stage, table, tableOf, weights } from 'restage';
import { ensembleWeights, pause, predictTrees as predict, weightedMean } from 'restage/ml';
import { z } from 'zod';
import { networkInputs } from '../data/inputs.ts';
import { treeRows } from '../training/trees.ts';
import type { BoostedFold } from './boost-fold.ts';

export const predictTrees = stage({
  name: 'higgs/predict-trees',
  description: 'probability of signal by boosted trees, the mean over folds',
  params: z.strictObject({}),
  inputs: { events: weights(), boosted: many(json<BoostedFold>()) },
  outputs: { predictions: table<'prediction'>() },
  async run({ inputs, signal }) {
    const rows = treeRows(networkInputs(await inputs.events.read()));
    const folds = await Promise.all(inputs.boosted.map((boosted) => boosted.read()));
    const byFold: Float32Array[] = [];
    for (const { trees } of folds) {
      await pause(signal);
      byFold.push(predict(trees, rows));
    }
    const coefficients = ensembleWeights(folds.map(({ bestLoss }) => bestLoss));
    return { predictions: tableOf({ prediction: weightedMean(byFold, coefficients) }) };
  },
});
