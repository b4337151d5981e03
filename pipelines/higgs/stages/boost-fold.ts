/** The stage that boosts trees on all folds but one, which says when to stop. */
import { json, stage, weights } from 'restage';
import { boostTrees, type Tree } from 'restage/ml';
import { z } from 'zod';
import { dataOrigin, type OnData } from '../data/data-origin.ts';
import { foldCount, foldOf } from '../training/training.ts';
import { treeData, treeParams } from '../training/trees.ts';

export interface BoostedFold {
  /** The fold that it was validated on. */
  readonly fold: number;
  readonly bestLoss: number;
  readonly trees: readonly Tree[];
}

export const boostFold = stage({
  name: 'higgs/boost-fold',
  description: 'boosted trees, stopped by one fold and grown on the others',
  params: z.strictObject({ fold: z.int().min(0), data: dataOrigin, ...treeParams.shape }),
  inputs: { training: weights() },
  outputs: { boosted: json<OnData<BoostedFold>>() },
  random: true,
  async run({ params, inputs, rng, signal, log, metric, progress }) {
    const { fold, data, ...options } = params;
    const training = await inputs.training.read();
    const others = Array.from({ length: foldCount(training) }, (_, k) => k).filter((k) => k !== fold);
    const { trees, bestLoss, history } = await boostTrees(treeData(others.map((k) => foldOf(training, k))), {
      ...options,
      rng,
      signal,
      validation: treeData([foldOf(training, fold)]),
      onRound(round, loss) {
        metric('validation loss', loss, round);
        progress(round + 1, options.rounds, `loss ${loss.toFixed(4)}`);
      },
    });
    metric('best loss', bestLoss);
    log(`validation loss ${bestLoss.toFixed(4)} with ${trees.length} trees of ${history.length}`);
    return { boosted: { data, fold, bestLoss, trees } };
  },
});
