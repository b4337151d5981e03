/** What a method of averaging does during a training, after each sub-epoch, and its result. */
import type { Tensors } from 'restage';
import {
  type CallerState,
  type Cycles,
  cycleAt,
  EarlyStopping,
  type NetworkSpec,
  Snapshots,
  selectSnapshots,
  type SubEpochReport,
  type TrainedModel,
  type TrainingCallback,
  type TrainingSet,
  WeightAveraging,
} from 'restage/ml';
import type { AveragingPlan, PatiencePlan } from './averaging.ts';
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
      /**
       * Cycles at the end that count as fruitless: the patience in cycles; with another patience, those since the best.
       */
      readonly patienceCycles: number;
      /** Those handed on, in the order of their tensors; cycles count from 1. */
      readonly snapshots: readonly { readonly cycle: number; readonly subEpoch: number; readonly loss: number }[];
    };

/** The calls of a training, and its outputs besides the best network. */
export interface Averager {
  readonly callerState?: CallerState;
  /** Metrics by name. */
  afterSubEpoch(report: SubEpochReport): Promise<Readonly<Record<string, number>>>;
  /** The snapshots as one value (none: no tensors), and a report where there is something to tell. */
  result(model: TrainedModel): { readonly snapshots: Tensors; readonly report?: AveragingReport };
}

interface Training {
  readonly spec: NetworkSpec;
  readonly validation: TrainingSet;
  /** The schedule's, in sub-epochs, where it has cycles. */
  readonly cycles: Cycles | undefined;
  readonly patience: PatiencePlan;
  /** How many folds it trains on, and the fewest steps that a pass over one takes. */
  readonly folds: number;
  readonly fewestSteps: number;
}

/**
 * What ends the training early, if anything does.
 *
 * @throws RangeError if cycles are to be counted where the schedule has none
 */
export function earlyStopping({
  cycles,
  patience,
}: Pick<Training, 'cycles' | 'patience'>): readonly TrainingCallback[] {
  if (patience === null) return [];
  const { leastImprovement, ...length } = patience;
  return [new EarlyStopping({ patience: length, leastImprovement, cycles })];
}

export function averager(plan: AveragingPlan, training: Training): Averager {
  const { cycles } = training;
  switch (plan.method) {
    case 'none':
      return { afterSubEpoch: () => Promise.resolve({}), result: () => ({ snapshots: {} }) };
    case 'swa':
      return swaAverager(plan, training);
    case 'snapshots':
      if (cycles === undefined)
        throw new RangeError('Snapshots are taken at the ends of cycles; the schedule has none.');
      return snapshotAverager(plan, { ...training, cycles });
  }
}

function swaAverager(
  { startTicks, renewalTicks }: Extract<AveragingPlan, { method: 'swa' }>,
  { spec, validation, cycles }: Training,
): Averager {
  const averaging = new WeightAveraging({ spec, validation, cycles, start: startTicks, renewal: renewalTicks });
  return {
    callerState: averaging,
    async afterSubEpoch(report) {
      const average = await averaging.afterSubEpoch(report);
      return average === undefined ? {} : { 'average loss': average.loss, 'weights averaged': average.count };
    },
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
  { keepSnapshots }: Extract<AveragingPlan, { method: 'snapshots' }>,
  training: Training & { readonly cycles: Cycles },
): Averager {
  const { spec, cycles, patience } = training;
  // The newest of the fruitless cycles and one more are never selected, but which those are shows only at the end.
  const snapshots = new Snapshots({ spec, cycles, keep: keepSnapshots + mostFruitless(training) + 1 });
  return {
    callerState: snapshots,
    async afterSubEpoch(report) {
      return (await snapshots.afterSubEpoch(report)) ? { 'snapshot loss': report.loss } : {};
    },
    result({ history, bestSubEpoch }) {
      const finishedCycles = cycleAt(cycles, history.length).cycle;
      const patienceCycles =
        patience === null || patience.unit === 'cycles'
          ? (patience?.count ?? 0)
          : finishedCycles - cycleAt(cycles, bestSubEpoch + 1).cycle;
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

/**
 * How many cycles can end between the last improvement and the end of the training. With a least improvement the best
 * network may be later.
 */
function mostFruitless({
  patience,
  cycles: { steps },
  folds,
  fewestSteps,
}: Training & { readonly cycles: Cycles }): number {
  if (patience === null) return 0;
  const { count } = patience;
  switch (patience.unit) {
    case 'cycles':
      return count;
    case 'sub-epochs':
      return Math.ceil(count / steps);
    case 'epochs':
      return Math.ceil((count * folds) / steps);
    case 'steps':
      return Math.ceil(Math.ceil(count / fewestSteps) / steps);
  }
}
