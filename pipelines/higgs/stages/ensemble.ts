/** The stage that makes one classifier of the trained networks. */
import { json, many, stage, type Tensors, weights } from 'restage';
import { normalised } from 'restage/ml';
import { z } from 'zod';
import { dataOrigin, type OnData } from '../data/data-origin.ts';
import { joined, type Manifest, type Member, member } from '../training/ensemble.ts';
import type { Selection } from './select-snapshots.ts';
import type { TrainingReport } from '../training/fold-training.ts';

/**
 * Where a training gives one network, it counts by 1 / validation loss. Where it gives several they count as they were
 * selected, and trainings alike, as in the study; so one with fewer snapshots counts for less.
 */
export const ensemble = stage({
  name: 'higgs/ensemble',
  description: 'the networks together, weighted by 1 / validation loss or as they were selected',
  params: z.strictObject({
    data: dataOrigin,
    /** How many of the trainings join, those of lowest loss; not given: all. */
    best: z.int().positive().optional(),
  }),
  inputs: { networks: many(weights()), reports: many(json<TrainingReport | Selection>()) },
  outputs: { manifest: json<OnData<Manifest>>(), networks: weights() },
  async run({ params, inputs, metric }) {
    const reports = await Promise.all(inputs.reports.map((report) => report.read()));
    const given = await Promise.all(inputs.networks.map((networks) => networks.read()));
    const chosen = bestOf(reports.map(bestLossOf), params.best ?? reports.length);
    const candidates = chosen.flatMap((n) => candidatesOf(reports[n]!, given[n]!));
    const coefficients = normalised(candidates.map(({ weight }) => weight));
    const members = candidates.map(({ told }, n) => ({ ...told, coefficient: coefficients[n]! }));
    const best = candidates.filter(({ told }) => told.cycle === undefined);
    metric('mean best loss', best.reduce((sum, { told }) => sum + told.loss, 0) / best.length);
    metric('networks', members.length);
    const networks = joined(candidates.map(({ network }) => network));
    return { manifest: { data: params.data, network: reports[0]!.network, members }, networks };
  },
});

/** The indices of the `count` lowest losses, ascending; of equal losses the first. */
function bestOf(losses: readonly number[], count: number): readonly number[] {
  const byLoss = losses.map((_, n) => n).sort((a, b) => losses[a]! - losses[b]! || a - b);
  return byLoss.slice(0, count).sort((a, b) => a - b);
}

/** Of the best network of a training, which stands first. */
function bestLossOf(report: TrainingReport | Selection): number {
  return 'members' in report ? report.members[0]!.loss : report.bestLoss;
}

interface Candidate {
  readonly told: Omit<Member, 'coefficient'>;
  readonly network: Tensors;
  /** Before all weights are divided by their sum. */
  readonly weight: number;
}

function candidatesOf(report: TrainingReport | Selection, networks: Tensors): readonly Candidate[] {
  const { fold } = report;
  if (!('members' in report)) {
    const loss = report.bestLoss;
    return [{ told: { fold, loss }, network: networks, weight: 1 / loss }];
  }
  return report.members.map(({ weight, ...told }, n) => ({
    told: { fold, ...told },
    network: member(networks, n),
    weight,
  }));
}
