/** The stage that chooses which snapshots of a training join its best network in the ensemble. */
import { json, stage, weights } from 'restage';
import { type NetworkSpec, selectSnapshots as select } from 'restage/ml';
import { z } from 'zod';
import { dataOrigin, type OnData } from '../data/data-origin.ts';
import { joined, member } from '../training/ensemble.ts';
import type { TrainingReport } from '../training/fold-training.ts';

/** The networks of one training, the best first, then snapshots from the newest to the oldest. */
export interface Selection {
  /** The fold that they were validated on. */
  readonly fold: number;
  readonly network: NetworkSpec;
  readonly members: readonly SelectedNetwork[];
}

export interface SelectedNetwork {
  /** The cycle at whose end it was taken, counted from 1; none: the best network. */
  readonly cycle?: number;
  /** Its validation loss. */
  readonly loss: number;
  /** How much it counts, against 1 for the best of any training. */
  readonly weight: number;
}

export const selectSnapshots = stage({
  name: 'higgs/select-snapshots',
  description: 'the best network of a training and its newest snapshots but for those of the last, fruitless cycles',
  params: z.strictObject({ data: dataOrigin, snapshots: z.int().min(0), weightPower: z.number() }),
  inputs: { network: weights(), snapshots: weights(), report: json<TrainingReport>() },
  outputs: { networks: weights(), selection: json<OnData<Selection>>() },
  async run({ params, inputs, log, metric }) {
    const { data, snapshots: count, weightPower: power } = params;
    const [best, snapshots, report] = await Promise.all([
      inputs.network.read(),
      inputs.snapshots.read(),
      inputs.report.read(),
    ]);
    if (report.averaging?.method !== 'snapshots')
      throw new RangeError(`The training on fold ${report.fold} kept no snapshots.`);
    const { finishedCycles, patienceCycles: patience, snapshots: kept } = report.averaging;
    const chosen = select({ finishedCycles, patience, count, power }).map(({ cycle, weight }) => {
      const at = kept.findIndex((snapshot) => snapshot.cycle === cycle);
      if (at === -1)
        throw new RangeError(`The training on fold ${report.fold} did not keep its snapshot of cycle ${cycle}.`);
      return { network: member(snapshots, at), told: { cycle, loss: kept[at]!.loss, weight } };
    });
    const members = [{ loss: report.bestLoss, weight: 1 }, ...chosen.map(({ told }) => told)];
    metric('networks', members.length);
    metric('finished cycles', finishedCycles);
    metric('mean loss', members.reduce((sum, { loss }) => sum + loss, 0) / members.length);
    if (chosen.length < count)
      log(
        `only ${chosen.length} of ${count} snapshots: of ${finishedCycles} cycles the last ${patience + 1} do not count`,
      );
    return {
      networks: joined([best, ...chosen.map(({ network }) => network)]),
      selection: { data, fold: report.fold, network: report.network, members },
    };
  },
});
