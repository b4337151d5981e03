/** What a method of averaging does during a training, after each sub-epoch, and its result. */
import type { Tensors } from 'restage';
import {
  type CallerState,
  type Cycles,
  cycleAt,
  type NetworkSpec,
  Snapshots,
  selectSnapshots,
  type SubEpochReport,
  ticksSinceBest,
  type TrainedModel,
  type TrainingProgress,
  type TrainingSet,
  WeightAveraging,
} from 'restage/ml';
import type { AveragingPlan } from './averaging.ts';
import { joined } from './ensemble.ts';

/** The outcome, for the training's report. */
export type AveragingReport =
  | {
      readonly method: 'swa';
      /** How many weights the network is the mean of; 0: it is not an average but one sub-epoch's weights. */
      readonly averagedInBest: number;
      /** How often a younger average replaced the older. */
      readonly replacements: number;
    }
  | {
      readonly method: 'snapshots';
      readonly finishedCycles: number;
      readonly patienceCycles: number;
      /** Those handed on, in the order of their tensors; cycles count from 1. */
      readonly snapshots: readonly { readonly cycle: number; readonly subEpoch: number; readonly loss: number }[];
    };

/** The calls of a training, and its outputs besides the best network. */
export interface Averager {
  readonly callerState?: CallerState;
  /** Metrics by name. */
  afterSubEpoch(report: SubEpochReport): Promise<Readonly<Record<string, number>>>;
  stopWhen(progress: TrainingProgress): boolean;
  /** The snapshots as one value (none: no tensors), and a report where there is something to tell. */
  result(model: TrainedModel): { readonly snapshots: Tensors; readonly report?: AveragingReport };
}

/** @param cycles the schedule's, in sub-epochs, where it has cycles */
export function averager(
  plan: AveragingPlan,
  { spec, validation, cycles }: { spec: NetworkSpec; validation: TrainingSet; cycles: Cycles | undefined },
): Averager {
  switch (plan.method) {
    case 'none':
      return {
        afterSubEpoch: () => Promise.resolve({}),
        stopWhen: () => false,
        result: () => ({ snapshots: {} }),
      };
    case 'swa':
      return swaAverager(plan, { spec, validation, cycles });
    case 'snapshots':
      if (cycles === undefined)
        throw new RangeError('Snapshots are taken at the ends of cycles; the schedule has none.');
      return snapshotAverager(plan, { spec, cycles });
  }
}

function swaAverager(
  { startTicks, renewalTicks, patienceTicks }: Extract<AveragingPlan, { method: 'swa' }>,
  training: { spec: NetworkSpec; validation: TrainingSet; cycles: Cycles | undefined },
): Averager {
  const averaging = new WeightAveraging({ ...training, start: startTicks, renewal: renewalTicks });
  return {
    callerState: averaging,
    async afterSubEpoch(report) {
      const average = await averaging.afterSubEpoch(report);
      return average === undefined ? {} : { 'average loss': average.loss, 'weights averaged': average.count };
    },
    stopWhen: (progress) => ticksSinceBest(progress, training.cycles) >= patienceTicks,
    result: () => ({
      snapshots: {},
      report: {
        method: 'swa',
        averagedInBest: averaging.averagedInBest,
        replacements: averaging.replacements,
      },
    }),
  };
}

function snapshotAverager(
  { patienceCycles, keepSnapshots }: Extract<AveragingPlan, { method: 'snapshots' }>,
  { spec, cycles }: { spec: NetworkSpec; cycles: Cycles },
): Averager {
  // The newest patience + 1 are never selected, but which those are shows only at the end.
  const snapshots = new Snapshots({ spec, cycles, keep: keepSnapshots + patienceCycles + 1 });
  return {
    callerState: snapshots,
    async afterSubEpoch(report) {
      return (await snapshots.afterSubEpoch(report)) ? { 'snapshot loss': report.loss } : {};
    },
    stopWhen: (progress) => ticksSinceBest(progress, cycles) >= patienceCycles,
    result({ history }) {
      const finishedCycles = cycleAt(cycles, history.length).cycle;
      const selectable = selectSnapshots({ finishedCycles, patience: patienceCycles, count: keepSnapshots, power: 0 });
      const cyclesKept = new Set(selectable.map(({ cycle }) => cycle));
      const kept = snapshots.kept.filter(({ cycle }) => cyclesKept.has(cycle));
      return {
        snapshots: joined(kept.map(({ weights }) => weights)),
        report: {
          method: 'snapshots',
          finishedCycles,
          patienceCycles,
          snapshots: kept.map(({ cycle, subEpoch, loss }) => ({ cycle, subEpoch, loss })),
        },
      };
    },
  };
}
