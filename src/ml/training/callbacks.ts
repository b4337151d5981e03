/**
 * Callbacks: what may be done during a training, by hooks that `train` calls. A hook is told data and may read the
 * network; a training whose callbacks only read gives the same bytes as one without.
 */
import type { CheckpointValue } from '../../core/authoring/stage.ts';
import { DataError } from '../../errors.ts';
import type { Weights } from '../network/weights.ts';
import type { StepSettings } from './schedules.ts';
import type { Trainer } from './trainer.ts';

/** All that a trainer tells and that changes nothing. */
export type TrainerReader = Pick<
  Trainer,
  'spec' | 'batchSize' | 'weights' | 'optimiserState' | 'gradient' | 'loss' | 'predict'
>;

/** Where a training is between two sub-epochs. */
export interface SubEpochStart {
  /** The one that follows, counted from 0; not 0 at the start of a training that resumes. */
  readonly subEpoch: number;
  /** How many sub-epochs there will be at most. */
  readonly subEpochs: number;
  /** Optimiser steps taken so far. */
  readonly steps: number;
  readonly trainer: TrainerReader;
}

/** A step that is about to be taken. */
export interface StepStart {
  /** Counted from 0 over the whole training. */
  readonly step: number;
  readonly subEpoch: number;
  /** The index of the fold that its batch is of. */
  readonly fold: number;
  /** Its learning rate, and its momentum. */
  readonly settings: StepSettings;
  readonly trainer: TrainerReader;
  /** The loss of its batch, with nothing dropped and with the running statistics of batch norm. */
  readonly loss: () => Promise<number>;
  /** The gradient that it will take, before masks and weight decay. */
  readonly gradient: () => Promise<Weights>;
  /** Ends the training: the step is not taken, and the sub-epoch is validated as far as it got. */
  readonly stop: () => void;
}

/** How far the training is, after a sub-epoch. */
export interface TrainingProgress {
  /** Counted from 0. */
  readonly subEpoch: number;
  /** Optimiser steps taken so far. */
  readonly steps: number;
  /** How many sub-epochs are an epoch: the number of folds. */
  readonly epochSubEpochs: number;
  /** Validation loss after this sub-epoch. */
  readonly loss: number;
  /** The smallest validation loss so far, and the sub-epoch that had it. */
  readonly bestLoss: number;
  readonly bestSubEpoch: number;
}

export interface SubEpochReport extends TrainingProgress {
  /** How many sub-epochs there will be at most. */
  readonly subEpochs: number;
  /** The index in `folds` of the fold that was just trained on. */
  readonly fold: number;
  /** The settings of the last step. */
  readonly settings: StepSettings;
  /** The trainer, with the current weights; put them back after loading others. */
  readonly trainer: Trainer;
  /**
   * Offers other weights, such as an average, as this sub-epoch's. If their loss is the best, they become the best
   * weights and it returns true.
   */
  readonly offer: (weights: Weights, loss: number) => boolean;
}

export interface TrainedModel {
  /** The best weights. */
  readonly weights: Weights;
  /** Their validation loss. */
  readonly bestLoss: number;
  readonly bestSubEpoch: number;
  /** The validation loss after each sub-epoch. */
  readonly history: readonly number[];
  /** Optimiser steps taken. */
  readonly steps: number;
}

/** What callbacks keep from one sub-epoch to the next, such as the averages of SWA. */
export interface CallerState {
  save(): CheckpointValue | Promise<CheckpointValue>;
  restore(saved: CheckpointValue): void;
}

/**
 * Hooks in the order in which they are called; each is waited for, and none is needed. Callbacks are called one after
 * another, in their order. With `save` and `restore`, a callback's state goes through checkpoints.
 */
export interface TrainingCallback extends Partial<CallerState> {
  /** Once, with the initial weights, or with those of the checkpoint from which the training resumes. */
  atStart?(start: SubEpochStart): unknown;
  beforeSubEpoch?(start: SubEpochStart): unknown;
  beforeStep?(start: StepStart): unknown;
  /** After the validation. */
  afterSubEpoch?(report: SubEpochReport): unknown;
  /** Asked of every callback once all `afterSubEpoch` are done: true ends the training here. */
  stopWhen?(progress: TrainingProgress): boolean;
  atEnd?(model: TrainedModel): unknown;
}

/** Calls one hook of every callback that has it. */
export async function callEach<H extends 'atStart' | 'beforeSubEpoch' | 'beforeStep' | 'afterSubEpoch' | 'atEnd'>(
  callbacks: readonly TrainingCallback[],
  hook: H,
  told: Parameters<NonNullable<TrainingCallback[H]>>[0],
): Promise<void> {
  for (const callback of callbacks)
    await (callback[hook] as ((told: unknown) => unknown) | undefined)?.call(callback, told);
}

/** Whether one of them wants to end the training; all are asked, since their answers may depend on having been. */
export function stopsAt(callbacks: readonly TrainingCallback[], progress: TrainingProgress): boolean {
  return callbacks.filter((callback) => callback.stopWhen?.(progress) === true).length > 0;
}

/** The states of those that have one. */
export function savedStates(callbacks: readonly TrainingCallback[]): Promise<readonly CheckpointValue[]> {
  const keeping = callbacks.filter((callback) => callback.save !== undefined);
  return Promise.all(keeping.map(async (callback) => await callback.save!()));
}

/** @throws DataError if they are not what `savedStates` gave for as many callbacks */
export function restoreStates(callbacks: readonly TrainingCallback[], saved: CheckpointValue): void {
  const keeping = callbacks.filter((callback) => callback.restore !== undefined);
  if (!Array.isArray(saved) || saved.length !== keeping.length)
    throw new DataError('The checkpoint is of a training with other callbacks; run the stage afresh.');
  for (const [n, callback] of keeping.entries()) callback.restore!((saved as readonly CheckpointValue[])[n]!);
}
