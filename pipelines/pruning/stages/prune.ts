/** The stage that prunes a share of what is left of a network. */
import { DataError, stage, weights } from 'restage';
import type { Weights } from 'restage/ml';
import { z } from 'zod';
import { connectionsOf, criterion, pruned } from '../criteria.ts';

export const prune = stage({
  name: 'pruning/prune',
  description: 'masks of a network with fewer connections',
  params: z.strictObject({ criterion, share: z.number().gt(0).lt(1) }),
  inputs: { network: weights(), masks: weights() },
  outputs: { masks: weights() },
  random: true,
  async run({ params, inputs, rng, log }) {
    const [network, masks] = await Promise.all([inputs.network.read(), inputs.masks.read()]);
    const next = pruned(network as Weights, masks, { ...params, random: rng('prune') });
    const { all, left } = connectionsOf(next);
    if (left === connectionsOf(masks).left)
      throw new DataError(
        `Pruning ${params.share} of ${left} connections by "${params.criterion}" takes none; prune a larger share, or fewer times.`,
      );
    log(`${left} of ${all} connections are left`);
    return { masks: next };
  },
});
