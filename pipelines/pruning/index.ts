/**
 * Iterative pruning of the classifier of pipelines/higgs: train, prune a share of the connections, go back to earlier
 * weights, train again, and so on (Han et al., arXiv:1506.02626; Frankle and Carbin, arXiv:1803.03635). Every level of
 * every criterion is a state, so the tree of a pruning experiment (arXiv:2006.07484) is what the cache holds.
 *
 *     restage run pipelines/pruning
 *     restage get chart.svg -o pruning.svg
 *     restage branch latest --as fine-tuned -S rewind=trained
 */
import { DefinitionError, pipeline } from 'restage';
import { originOf, dataSource, wholeSets } from '../higgs/data/data-source.ts';
import { prepared } from '../higgs/prepared.ts';
import type { Criterion } from './criteria.ts';
import { params } from './params.ts';
import { chart } from './stages/chart.ts';
import { compareMasks } from './stages/compare-masks.ts';
import { curve } from './stages/curve.ts';
import { drawWeights } from './stages/draw-weights.ts';
import { evaluate } from './stages/evaluate.ts';
import { prune } from './stages/prune.ts';
import { retrain } from './stages/retrain.ts';
import { trainWhole } from './stages/train.ts';

export default pipeline({
  name: 'pruning',
  description: 'How much of a network can be pruned, by which criterion',
  params,
  build(p, given) {
    const source = dataSource(given.data)!;
    const { network, criteria, train, share, rewindSubEpochs } = given;
    const subEpochs = train.lengthRiseSubEpochs + train.lengthFallSubEpochs;
    if (rewindSubEpochs > subEpochs)
      throw new DefinitionError(
        `A training of ${subEpochs} sub-epochs has no weights after ${rewindSubEpochs} (rewindSubEpochs) to go back to; set it lower, or train.lengthFallSubEpochs higher.`,
      );
    const { folded } = prepared(p, {
      source,
      origin: originOf(source),
      validationFraction: given.split.validationFraction,
      trainingFolds: given.folds,
      testFolds: 1,
    });
    const { training, validation: events, validationTruth: truth } = folded;
    const judging = {
      network,
      wholeSetEvents: wholeSets(source).training,
      backgroundRegulariser: given.backgroundRegulariser,
    };

    const ways = Array.from({ length: given.replicas }, (_, replica) => {
      const whole = p.add(trainWhole, {
        key: { replica },
        params: { network, train, rewindSubEpochs },
        inputs: { training },
      }).out;
      const wholeQuality = p.add(evaluate, {
        key: { level: 0, replica },
        params: judging,
        inputs: { network: whole.network, masks: whole.masks, events, truth },
      }).out.quality;
      return criteria.map((criterion) => {
        let last = { network: whole.network, masks: whole.masks };
        const levels = Array.from({ length: given.levels }, (_, n) => {
          const key = { criterion, level: n + 1, replica };
          // The same draws for every criterion, so that what differs between two is not luck.
          const seedKey = { level: n + 1, replica };
          const { masks } = p.add(prune, { key, seedKey, params: { criterion, share }, inputs: last }).out;
          const from = {
            initial: () => whole.initial,
            early: () => whole.early,
            trained: () => last.network,
            new: () => p.add(drawWeights, { key, seedKey, params: { network } }).out.weights,
          }[given.rewind]();
          const inputs = { training, from, masks };
          last = { network: p.add(retrain, { key, seedKey, params: { network, train }, inputs }).out.network, masks };
          const { quality } = p.add(evaluate, { key, params: judging, inputs: { ...last, events, truth } }).out;
          return { of: key, quality, masks };
        });
        return { criterion, replica, wholeQuality, levels };
      });
    }).flat();

    const qualities = ways.flatMap(({ criterion, replica, wholeQuality, levels }) => [
      { of: { criterion, level: 0, replica }, quality: wholeQuality },
      ...levels,
    ]);
    const { points } = p.add(curve, {
      params: { of: qualities.map(({ of }) => of) },
      inputs: { qualities: qualities.map(({ quality }) => quality) },
    }).out;
    p.observe(chart, { inputs: { points } });
    const alike = comparedMasks(ways.map(({ levels }) => levels.at(-1)!));
    return { points, ...alike };

    /** At the last level; of one network alone there is nothing to compare. */
    function comparedMasks(last: readonly (typeof ways)[number]['levels'][number][]) {
      if (last.length < 2) return {};
      const of = last.map(({ of: { criterion, replica } }): { criterion: Criterion; replica: number } => ({
        criterion,
        replica,
      }));
      return p.add(compareMasks, {
        params: { level: given.levels, of },
        inputs: { masks: last.map(({ masks }) => masks) },
      }).out;
    }
  },
});
