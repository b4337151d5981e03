/**
 * The stage that takes one network out of those that were trained together, so that all after it is as without that.
 */
import { json, stage, weights } from 'restage';
import { z } from 'zod';
import type { OnData } from '../data/data-origin.ts';
import { member } from '../training/ensemble.ts';
import type { TrainingReport } from '../training/fold-training.ts';

export const trainedFold = stage({
  name: 'higgs/trained-fold',
  description: 'one of the networks that were trained together',
  params: z.strictObject({ fold: z.int().min(0) }),
  inputs: { networks: weights(), reports: json<readonly OnData<TrainingReport>[]>(), snapshots: weights() },
  outputs: { network: weights(), report: json<OnData<TrainingReport>>(), snapshots: weights() },
  async run({ params: { fold }, inputs }) {
    const [networks, reports, snapshots] = await Promise.all([
      inputs.networks.read(),
      inputs.reports.read(),
      inputs.snapshots.read(),
    ]);
    return { network: member(networks, fold), report: reports[fold]!, snapshots: member(snapshots, fold) };
  },
});
