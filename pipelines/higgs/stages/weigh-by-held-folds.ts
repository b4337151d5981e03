/** The stage that learns how much each network of an ensemble counts. */
import { json, stage, type Tensors, weights } from 'restage';
import { binaryCrossEntropy, leastSquaresWeights, normalised, weightedMean } from 'restage/ml';
import { z } from 'zod';
import type { OnData } from '../data/data-origin.ts';
import { joined, type Manifest, member } from '../training/ensemble.ts';
import { memberPredictions, symmetryParams } from '../training/member-predictions.ts';

/**
 * Stacking (Wolpert, Neural Networks 5 (1992) 241) with weights of at least 0 (Breiman, Machine Learning 24 (1996) 49):
 * those for which the weighted sum of the members' predictions has the least squared distance from the targets, events
 * weighing as in training; divided by their sum (van der Laan, Polley and Hubbard, Stat. Appl. Genet. Mol. Biol. 6
 * (2007) 25). A member that gets 0 leaves the ensemble.
 *
 * They are learned from events of folds that no member was trained on, stopped by or chosen by (`held`, from
 * `higgs/hold-folds`), and so from out-of-fold predictions alone, under the same symmetries as later. With K folds for
 * training and validation, as in the study, each event is out of fold for one member, which would say nothing of how
 * two go together. Neither validation events, which choose the cut, nor test events have a say.
 */
export const weighByHeldFolds = stage({
  name: 'higgs/weigh-by-held-folds',
  description: 'how much each network counts, learned from events that none was trained on',
  params: z.strictObject(symmetryParams),
  inputs: { held: weights(), networks: weights(), manifest: json<OnData<Manifest>>() },
  outputs: { manifest: json<OnData<Manifest>>(), networks: weights() },
  // Angles, where they are random.
  random: true,
  compute: true,
  async run({ params: symmetries, inputs, log, metric, ...context }) {
    const [held, networks, manifest] = await Promise.all([
      inputs.held.read(),
      inputs.networks.read(),
      inputs.manifest.read(),
    ]);
    const predictions = await memberPredictions({ ...context, events: held, networks, manifest, symmetries });
    const judged = truthOf(held);
    const learned = leastSquaresWeights({ predictions, ...judged });
    const counted = [...learned.keys()].filter((n) => learned[n]! > 0);
    const coefficients = normalised(counted.map((n) => learned[n]!));
    const members = counted.map((n, at) => ({ ...manifest.members[n]!, coefficient: coefficients[at]! }));
    const lossOf = (shares: readonly number[]): number =>
      binaryCrossEntropy(weightedMean(predictions, shares), judged.targets, judged.weights);
    const before = lossOf(manifest.members.map(({ coefficient }) => coefficient));
    metric('networks', members.length);
    metric('held loss before', before);
    metric('held loss', lossOf(learned));
    log(
      `${members.length} of ${manifest.members.length} networks count, by ${judged.targets.length} held events; their loss was ${before.toFixed(4)}, and is ${lossOf(learned).toFixed(4)} where it was learned`,
    );
    return { manifest: { ...manifest, members }, networks: joined(counted.map((n) => member(networks, n))) };
  },
});

function truthOf({ targets, weights: given }: Tensors) {
  return { targets: targets!.data as Uint8Array, weights: given!.data as Float32Array };
}
