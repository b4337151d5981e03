/** The stage that trains what is left of a pruned network. */
import { stage, weights } from 'restage';
import { z } from 'zod';
import { networkParams, networkSpec } from '../../higgs/training/network.ts';
import { trainingParams } from '../params.ts';
import { trained } from '../training.ts';

export const retrain = stage({
  name: 'pruning/retrain',
  description: 'a pruned network, trained from given weights',
  params: z.strictObject({ network: networkParams, train: trainingParams }),
  inputs: { training: weights(), from: weights(), masks: weights() },
  outputs: { network: weights() },
  random: true,
  compute: true,
  async run({ params, inputs, ...place }) {
    const spec = networkSpec(params.network);
    const [events, from, masks] = await Promise.all([inputs.training.read(), inputs.from.read(), inputs.masks.read()]);
    const model = await trained(spec, events, { weights: from, masks }, params.train, 1, place);
    return { network: model.weights };
  },
});
