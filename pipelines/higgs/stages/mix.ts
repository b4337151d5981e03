/** The stage that makes one prediction of the networks' and the trees'. */
import { stage, table, tableOf } from 'restage';
import { weightedMean } from 'restage/ml';
import { z } from 'zod';

export const mix = stage({
  name: 'higgs/mix',
  description: 'the mean of two predictions',
  params: z.strictObject({
    /** How much the trees count; the networks count the rest. */
    treeShare: z.number().gt(0).lt(1),
  }),
  inputs: { networks: table<'prediction'>(), trees: table<'prediction'>() },
  outputs: { predictions: table<'prediction'>() },
  async run({ params, inputs }) {
    const [networks, trees] = await Promise.all([inputs.networks.read(), inputs.trees.read()]);
    // As float32, which is what predictions are stored as.
    const parts = [networks, trees].map(({ columns }) => Float32Array.from(columns.prediction));
    return {
      predictions: tableOf({ prediction: weightedMean(parts, [1 - params.treeShare, params.treeShare]) }),
    };
  },
});
