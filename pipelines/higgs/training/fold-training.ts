/**
 * One training: a network that learns from all folds but one and is validated on that. Both stages that train use it.
 */
import type { InputSlots, StageContext, Tensors } from 'restage';
import { type NetworkSpec, type Trainer, type TrainerOptions, train, type Weights } from 'restage/ml';
import type { z } from 'zod';
import { type AveragingReport, averager, earlyStopping } from './averager.ts';
import { augmentParams } from '../data/augmentation-params.ts';
import { averagingPlan, patiencePlan } from './averaging.ts';
import { dataOrigin, type OnData } from '../data/data-origin.ts';
import { frameOf, inputLayout } from '../data/inputs.ts';
import { networkParams, networkSpec } from './network.ts';
import {
  augmentedInputs,
  foldCount,
  foldOf,
  optimiserParams,
  trainingCourse,
  trainingScheduleParams,
} from './training.ts';

/** The outcome of a training. */
export interface TrainingReport {
  /** The fold that it was validated on. */
  readonly fold: number;
  readonly network: NetworkSpec;
  readonly bestLoss: number;
  readonly bestSubEpoch: number;
  readonly steps: number;
  /** Validation loss after each sub-epoch. */
  readonly history: readonly number[];
  /** Present if the training took averages or snapshots. */
  readonly averaging?: AveragingReport;
}

/** What every training of an ensemble has in common. */
export const foldTrainingParams = {
  data: dataOrigin,
  network: networkParams,
  optimiser: optimiserParams,
  schedule: trainingScheduleParams,
  patience: patiencePlan,
  averaging: averagingPlan,
  augment: augmentParams,
};
type FoldTrainingParams = z.output<z.ZodObject<typeof foldTrainingParams>>;

export interface FoldTraining extends Pick<
  StageContext<unknown, InputSlots>,
  'rng' | 'checkpoint' | 'signal' | 'log' | 'metric' | 'progress' | 'trace'
> {
  readonly fold: number;
  readonly params: FoldTrainingParams;
  /** What `higgs/fold-split` gives. */
  readonly training: Tensors;
  /** Of `foldNetwork` and `trainerOptions`. Whoever opened it disposes of it. */
  readonly trainer: Trainer;
}

export interface FoldTrained {
  readonly network: Weights;
  readonly report: OnData<TrainingReport>;
  /** The snapshots that an ensemble may take, joined into one value; none unless `averaging` keeps any. */
  readonly snapshots: Tensors;
}

export function foldNetwork({ network }: FoldTrainingParams, training: Tensors): NetworkSpec {
  return networkSpec(network, inputLayout(training));
}

export function trainerOptions({ optimiser: { batchSize, beta2, epsilon } }: FoldTrainingParams): TrainerOptions {
  return { batchSize, adam: { beta2, epsilon } };
}

/**
 * Trains on all folds but one, validates on that after every sub-epoch, and keeps the weights of the best. Events are
 * turned and reflected again in every sub-epoch, those for validation once at the start, as in the study. What it draws
 * does not depend on the schedule or on what is averaged, so methods of averaging can be compared network by network.
 */
export async function trainOnFolds(given: FoldTraining): Promise<FoldTrained> {
  const { fold, params, training, trainer, rng, checkpoint, signal, log, metric, progress, trace } = given;
  const { data, augment } = params;
  const others = Array.from({ length: foldCount(training) }, (_, k) => k).filter((k) => k !== fold);
  const folds = others.map((k) => foldOf(training, k));
  const asItIs = foldOf(training, fold);
  const frame = frameOf(training, augment.space);
  const validation = augment.train
    ? { ...asItIs, ...augmentedInputs(asItIs, rng('augment/validation'), frame) }
    : asItIs;
  const { spec } = trainer;
  const course = trainingCourse(params.schedule, folds, params.optimiser);
  const until = { cycles: course.cycles, patience: params.patience };
  const averaging = averager(params.averaging, {
    spec,
    validation,
    folds: folds.length,
    fewestSteps: Math.min(...folds.map(({ rows }) => Math.floor(rows / params.optimiser.batchSize))),
    ...until,
  });
  const buffers = new Map<number, Float32Array>();
  const model = await train({
    trainer,
    folds,
    validation,
    schedule: course.schedule,
    subEpochs: course.subEpochs,
    rng,
    checkpoint,
    signal,
    trace,
    callbacks: earlyStopping(until),
    ...(averaging.callerState !== undefined && { callerState: averaging.callerState }),
    ...(augment.train && {
      augment(index: number, subEpoch: number) {
        const events = folds[index]!;
        const random = rng(`augment/${subEpoch}`);
        const inputs = augmentedInputs(events, random, frame, buffers.get(events.continuous.length));
        buffers.set(events.continuous.length, inputs.continuous);
        return inputs;
      },
    }),
    async onSubEpoch(reached) {
      const { subEpoch, subEpochs, loss, settings } = reached;
      metric('validation loss', loss, subEpoch);
      metric('learning rate', settings.learningRate, subEpoch);
      for (const [name, value] of Object.entries(await averaging.afterSubEpoch(reached))) metric(name, value, subEpoch);
      progress(subEpoch + 1, subEpochs, `loss ${loss.toFixed(4)}`);
    },
  });
  const { weights: network, bestLoss, bestSubEpoch, steps, history } = model;
  metric('best loss', bestLoss);
  log(`validation loss ${bestLoss.toFixed(4)} after ${bestSubEpoch + 1} sub-epochs of ${history.length}`);
  const { snapshots, report } = averaging.result(model);
  if (report !== undefined) log(described(report));
  return {
    network,
    report: {
      data,
      fold,
      network: spec,
      bestLoss,
      bestSubEpoch,
      steps,
      history,
      ...(report && { averaging: report }),
    },
    snapshots,
  };
}

function described(report: AveragingReport): string {
  switch (report.method) {
    case 'swa':
      return report.averagedInBest === 0
        ? `no average was better than the network itself; ${report.replacements} replaced an older one`
        : `the network is the mean of ${report.averagedInBest} weights; ${report.replacements} averages replaced an older one`;
    case 'snapshots':
      return `${report.finishedCycles} cycles, ${report.snapshots.length} snapshots to choose from`;
  }
}
