/**
 * The training loop: sub-epochs, validation, the best weights so far, checkpoints.
 *
 * A sub-epoch is one pass over one training fold; after each the network is validated. Folds are taken in an order that
 * is shuffled once, batches are shuffled again in every sub-epoch, an incomplete last batch is dropped. The result is
 * the weights of the sub-epoch with the smallest validation loss; of equal ones, the last.
 *
 * Random draws come from the streams `init`, `fold-order`, `batches/<subEpoch>` and, where a network has dropout,
 * `dropout/<step>`, which depend on nothing that
 * happened before: a resumed training is the same, byte for byte, as one that was never interrupted.
 */
import type { RandomStreams } from '../../core/identity/random.ts';
import type { Checkpoint, CheckpointValue } from '../../core/authoring/stage.ts';
import type { Trace } from '../../core/authoring/trace.ts';
import { DataError } from '../../errors.ts';
import { shuffledBatches } from './batches.ts';
import { checkTrainingSet, type NetworkInputs, type TrainingSet } from '../data/dataset.ts';
import { initialise } from '../network/initialise.ts';
import type { Masks } from '../network/masks.ts';
import { hasDropout } from '../network/network.ts';
import type { StepSettings, TrainingSchedule } from './schedules.ts';
import { freshOptimiser, type Trainer } from './trainer.ts';
import { decodeTrainingState, encodeTrainingState, type TrainingState } from './training-state.ts';
import type { Weights } from '../network/weights.ts';

export interface TrainOptions {
  /**
   * Its weights and its optimiser's state are replaced at the start, so one trainer can train several models in turn.
   */
  readonly trainer: Trainer;
  /** The training folds; an epoch is a pass over all of them. */
  readonly folds: readonly TrainingSet[];
  readonly validation: TrainingSet;
  /** By optimiser step, counted from 0 over the whole training; or by sub-epoch, see `inSubEpochs`. */
  readonly schedule: TrainingSchedule;
  /** How many sub-epochs at most. */
  readonly subEpochs: number;
  readonly rng: RandomStreams;
  /** The initial weights; default: `initialise` with the stream `init`. */
  readonly initial?: Weights;
  /** What is pruned, and stays exactly 0 throughout; default: nothing. The trainer keeps them afterwards. */
  readonly masks?: Masks;
  /**
   * The inputs to use instead of a fold's own in this sub-epoch. They are no longer used at the next call, so buffers
   * may be reused.
   */
  readonly augment?: (fold: number, subEpoch: number) => NetworkInputs | Promise<NetworkInputs>;
  /** Called after each validation, and waited for: metrics, progress, snapshots, averages. */
  readonly onSubEpoch?: (report: SubEpochReport) => void | Promise<void>;
  /** Asked after `onSubEpoch`: true ends the training here. */
  readonly stopWhen?: (progress: TrainingProgress) => boolean;
  /** Where to save the full state from time to time, and to resume from: `ctx.checkpoint`. */
  readonly checkpoint?: Checkpoint;
  /** Sub-epochs from one save to the next; default 10, or as many as take 1,000 steps if those are more. */
  readonly checkpointEvery?: number;
  /** State of the caller, which is saved and restored with the training's. */
  readonly callerState?: CallerState;
  /** Given the weights at the start, and the loss and the weights after each sub-epoch: `ctx.trace`. */
  readonly trace?: Trace;
  /** When aborted, the training ends by throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

/** What the callbacks keep from one sub-epoch to the next, such as the averages of SWA. */
export interface CallerState {
  save(): CheckpointValue | Promise<CheckpointValue>;
  restore(saved: CheckpointValue): void;
}

/** How far the training is, after a sub-epoch. */
export interface TrainingProgress {
  /** Counted from 0. */
  readonly subEpoch: number;
  /** Optimiser steps taken so far. */
  readonly steps: number;
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

/**
 * Trains a network.
 *
 *     const trainer = openTrainer(ctx.backend, spec, { batchSize: 256, adam: { beta2: 0.999, epsilon: 1e-3 } });
 *     const { weights, history } = await train({
 *       trainer, folds, validation, schedule, subEpochs: 135, rng: ctx.rng, checkpoint: ctx.checkpoint, signal: ctx.signal,
 *       onSubEpoch: ({ subEpoch, loss }) => ctx.metric('validation loss', loss, subEpoch),
 *       stopWhen: ({ subEpoch, bestSubEpoch }) => subEpoch - bestSubEpoch >= 50,
 *     });
 *
 * @throws DataError if data do not fit the network, a fold has less than one batch, or the validation loss is not finite.
 * @throws the signal's reason when aborted.
 */
export async function train(options: TrainOptions): Promise<TrainedModel> {
  const { trainer, folds, validation, schedule, subEpochs, rng, augment, signal } = options;
  checkData(options);
  const order = rng('fold-order').shuffle(folds.map((_, i) => i));
  const saveEvery = options.checkpointEvery ?? Math.max(10, Math.ceil(1000 / stepsOf(folds[0]!, trainer)));
  const drops = hasDropout(trainer.spec);
  let state = await begin(options);
  await options.trace?.('weights at the start', () => trainer.weights());
  while (state.history.length < subEpochs) {
    const subEpoch = state.history.length;
    const fold = order[subEpoch % folds.length]!;
    const own = folds[fold]!;
    const data = augment === undefined ? own : { ...own, ...(await augment(fold, subEpoch)) };
    if (augment !== undefined) checkTrainingSet(trainer.spec, data, `the augmented fold ${fold}`);
    let steps = state.steps;
    const batches = Math.floor(data.rows / trainer.batchSize);
    const settingsAt = (step: number): StepSettings => schedule(step, subEpoch + (step - state.steps) / batches);
    for (const rows of shuffledBatches(data.rows, trainer.batchSize, rng(`batches/${subEpoch}`))) {
      if (steps % STEPS_BETWEEN_PAUSES === 0) await pause(signal);
      const dropout = drops ? rng(`dropout/${steps}`) : undefined;
      trainer.step(data, rows, settingsAt(steps++), dropout);
    }
    await pause(signal);
    const loss = await trainer.loss(validation);
    const settings = settingsAt(steps - 1);
    if (!Number.isFinite(loss))
      throw new DataError(
        `The validation loss is ${loss} after sub-epoch ${subEpoch}, which is step ${steps}, at learning rate ${settings.learningRate}; lower the learning rate or look for extreme inputs.`,
      );
    options.trace?.('loss', loss, subEpoch);
    await options.trace?.('weights', () => trainer.weights(), subEpoch);
    state = { ...state, steps, history: [...state.history, loss] };
    if (loss <= state.bestLoss) state = withBest(state, await trainer.weights(), loss);
    const progress = (): TrainingProgress => ({
      subEpoch,
      steps,
      loss,
      bestLoss: state.bestLoss,
      bestSubEpoch: state.bestSubEpoch,
    });
    const offer = (weights: Weights, offered: number): boolean => {
      if (!(offered <= state.bestLoss)) return false;
      state = withBest(state, weights, offered);
      return true;
    };
    await options.onSubEpoch?.({ ...progress(), subEpochs, fold, settings, trainer, offer });
    if (options.stopWhen?.(progress())) break;
    if ((subEpoch + 1) % saveEvery === 0) await save(options, state);
  }
  const { best: weights, bestLoss, bestSubEpoch, history, steps } = state;
  return { weights, bestLoss, bestSubEpoch, history, steps };
}

const STEPS_BETWEEN_PAUSES = 4;

function stepsOf({ rows }: TrainingSet, { batchSize }: Trainer): number {
  return Math.floor(rows / batchSize);
}

/** Lets messages and signals through, which the synchronous steps would block. */
async function pause(signal: AbortSignal | undefined): Promise<void> {
  await new Promise((resume) => setImmediate(resume));
  signal?.throwIfAborted();
}

async function begin(options: TrainOptions): Promise<TrainingState> {
  const { trainer, rng, initial, masks = {}, checkpoint, callerState } = options;
  trainer.mask(masks);
  const saved = await checkpoint?.load();
  if (saved === undefined) {
    trainer.load(initial ?? initialise(trainer.spec, rng('init')));
    trainer.restore(freshOptimiser(trainer.spec));
    return {
      steps: 0,
      history: [],
      best: await trainer.weights(),
      bestLoss: Number.POSITIVE_INFINITY,
      bestSubEpoch: -1,
    };
  }
  const { state, current, optimiser, caller } = decodeTrainingState(trainer.spec, saved);
  trainer.load(current);
  trainer.restore(optimiser);
  callerState?.restore(caller);
  return state;
}

async function save({ trainer, checkpoint, callerState }: TrainOptions, state: TrainingState): Promise<void> {
  if (checkpoint === undefined) return;
  const current = await trainer.weights();
  const optimiser = await trainer.optimiserState();
  const caller = (await callerState?.save()) ?? null;
  await checkpoint.save(encodeTrainingState(trainer.spec, { state, current, optimiser, caller }));
}

function withBest(state: TrainingState, weights: Weights, loss: number): TrainingState {
  return { ...state, best: weights, bestLoss: loss, bestSubEpoch: state.history.length - 1 };
}

function checkData({ trainer, folds, validation, subEpochs }: TrainOptions): void {
  if (folds.length === 0) throw new RangeError('Training needs at least one fold.');
  if (!Number.isSafeInteger(subEpochs) || subEpochs < 1)
    throw new RangeError(`Training takes a whole number of at least 1 sub-epochs, not ${subEpochs}.`);
  for (const [i, fold] of folds.entries()) {
    checkTrainingSet(trainer.spec, fold, `training fold ${i}`);
    if (fold.rows < trainer.batchSize)
      throw new DataError(`Training fold ${i} has ${fold.rows} rows, fewer than one batch of ${trainer.batchSize}.`);
  }
  checkTrainingSet(trainer.spec, validation, 'the validation set');
  if (validation.rows === 0) throw new DataError('The validation set is empty.');
}
