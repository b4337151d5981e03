/** The stage that trains the whole network, and keeps the states to go back to. */
import { stage, weights } from 'restage';
import { initialise } from 'restage/ml';
import { z } from 'zod';
import { networkParams, networkSpec } from '../../higgs/training/network.ts';
import { wholeMasks } from '../criteria.ts';
import { trainingParams } from '../params.ts';
import { trained } from '../training.ts';

export const trainWhole = stage({
  name: 'pruning/train',
  description: 'the whole network, with its weights at the start and early in training',
  params: z.strictObject({
    network: networkParams,
    train: trainingParams,
    rewindSubEpochs: z.int().positive(),
  }),
  inputs: { training: weights() },
  outputs: { initial: weights(), early: weights(), network: weights(), masks: weights() },
  random: true,
  compute: true,
  async run({ params, inputs, ...place }) {
    const spec = networkSpec(params.network);
    const initial = initialise(spec, place.rng('init'));
    const masks = wholeMasks(initial);
    const start = { weights: initial, masks };
    const model = await trained(spec, await inputs.training.read(), start, params.train, params.rewindSubEpochs, place);
    return { initial, early: model.early, network: model.weights, masks };
  },
});
