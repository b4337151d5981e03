/** The stage that classifies events with the ensemble, averaging over the symmetries of a collision. */
import { json, stage, table, tableOf, weights } from 'restage';
import { weightedMean } from 'restage/ml';
import { z } from 'zod';
import type { Manifest } from '../training/ensemble.ts';
import { memberPredictions, symmetryParams } from '../training/member-predictions.ts';

export const predict = stage({
  name: 'higgs/predict',
  description: 'probability of signal: the mean over networks and over rotations and reflections',
  params: z.strictObject(symmetryParams),
  inputs: { events: weights(), networks: weights(), manifest: json<Manifest>() },
  outputs: { predictions: table<'prediction'>() },
  // Angles, where they are random.
  random: true,
  compute: true,
  async run({ params: symmetries, inputs, ...context }) {
    const [events, networks, manifest] = await Promise.all([
      inputs.events.read(),
      inputs.networks.read(),
      inputs.manifest.read(),
    ]);
    const byMember = await memberPredictions({ ...context, events, networks, manifest, symmetries });
    const coefficients = manifest.members.map(({ coefficient }) => coefficient);
    return { predictions: tableOf({ prediction: weightedMean(byMember, coefficients) }) };
  },
});
