/** The stage that draws new weights for a network. */
import { stage, weights } from 'restage';
import { initialise } from 'restage/ml';
import { z } from 'zod';
import { networkParams, networkSpec } from '../../higgs/training/network.ts';

export const drawWeights = stage({
  name: 'pruning/draw-weights',
  description: 'weights that no training has seen',
  params: z.strictObject({ network: networkParams }),
  inputs: {},
  outputs: { weights: weights() },
  random: true,
  run: ({ params, rng }) => ({ weights: initialise(networkSpec(params.network), rng('init')) }),
});
