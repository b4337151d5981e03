/** The stage that makes one classifier of the trained networks. */
import { json, many, stage, weights } from 'restage';
import { ensembleWeights } from 'restage/ml';
import { z } from 'zod';
import { dataOrigin, type OnData } from '../data-origin.ts';
import { joined, type Manifest } from '../ensemble.ts';
import type { TrainingReport } from './train-fold.ts';

export const ensemble = stage({
  name: 'higgs/ensemble',
  description: 'the networks together, weighted by 1 / validation loss',
  params: z.strictObject({ data: dataOrigin }),
  inputs: { networks: many(weights()), reports: many(json<TrainingReport>()) },
  outputs: { manifest: json<OnData<Manifest>>(), networks: weights() },
  async run({ params, inputs, metric }) {
    const reports = await Promise.all(inputs.reports.map((report) => report.read()));
    const networks = await Promise.all(inputs.networks.map((network) => network.read()));
    const losses = reports.map(({ bestLoss }) => bestLoss);
    const coefficients = ensembleWeights(losses);
    metric('mean best loss', losses.reduce((sum, loss) => sum + loss, 0) / losses.length);
    const members = reports.map(({ fold, bestLoss }, n) => ({ fold, loss: bestLoss, coefficient: coefficients[n]! }));
    return { manifest: { ...params, network: reports[0]!.network, members }, networks: joined(networks) };
  },
});
