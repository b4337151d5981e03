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
import type { Checkpoint } from '../../core/authoring/stage.ts';
import type { Trace } from '../../core/authoring/trace.ts';
import { DataError } from '../../errors.ts';
import { shuffledBatches } from './batches.ts';
import {
  callEach,
  type CallerState,
  restoreStates,
  savedStates,
  stopsAt,
  type SubEpochReport,
  type TrainedModel,
  type TrainingCallback,
  type TrainingProgress,
} from './callbacks.ts';
import { checkTrainingSet, type NetworkInputs, type TrainingSet, withInputs } from '../data/dataset.ts';
import { initialise } from '../network/initialise.ts';
import { flattenMasks, type Masks } from '../network/masks.ts';
import { hasDropout } from '../network/network.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { pause } from './pause.ts';
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
  /** What else is done during the training: averages, snapshots, early stopping, what you write. */
  readonly callbacks?: readonly TrainingCallback[];
  /** Called after each validation and all callbacks, and waited for: metrics, progress. */
  readonly onSubEpoch?: (report: SubEpochReport) => void | Promise<void>;
  /** Asked after `onSubEpoch`: true ends the training here. */
  readonly stopWhen?: (progress: TrainingProgress) => boolean;
  /** Where to save the full state from time to time, and to resume from: `ctx.checkpoint`. */
  readonly checkpoint?: Checkpoint;
  /** Sub-epochs from one save to the next; default 10, or as many as take 1,000 steps if those are more. */
  readonly checkpointEvery?: number;
  /** State of `onSubEpoch` and `stopWhen`, which is saved and restored with the training's. */
  readonly callerState?: CallerState;
  /** Given the weights at the start, and the loss and the weights after each sub-epoch: `ctx.trace`. */
  readonly trace?: Trace;
  /** When aborted, the training ends by throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a network.
 *
 *     const trainer = openTrainer(ctx.backend, spec, { batchSize: 256, adam: { beta2: 0.999, epsilon: 1e-3 } });
 *     const { weights, history } = await train({
 *       trainer, folds, validation, schedule, subEpochs: 135, rng: ctx.rng, checkpoint: ctx.checkpoint, signal: ctx.signal,
 *       onSubEpoch: ({ subEpoch, loss }) => ctx.metric('validation loss', loss, subEpoch),
 *       callbacks: [new EarlyStopping({ patience: { count: 50, unit: 'sub-epochs' } })],
 *     });
 *
 * @throws DataError if data do not fit the network, a fold has less than one batch, or the validation loss is not
 * finite.
 * @throws the signal's reason when aborted.
 */
export async function train(options: TrainOptions): Promise<TrainedModel> {
  const { trainer, folds, validation, subEpochs, rng } = options;
  checkData(options);
  const order = rng('fold-order').shuffle(folds.map((_, i) => i));
  checkLength(options, order);
  const callbacks = callbacksOf(options);
  const saveEvery = options.checkpointEvery ?? Math.max(10, Math.ceil(1000 / stepsOf(folds[0]!, trainer)));
  let state = await begin(options, callbacks);
  await options.trace?.('weights at the start', () => trainer.weights());
  const at = () => ({ subEpoch: state.history.length, subEpochs, steps: state.steps, trainer });
  await callEach(callbacks, 'atStart', at());
  while (state.history.length < subEpochs) {
    await callEach(callbacks, 'beforeSubEpoch', at());
    const subEpoch = state.history.length;
    const fold = order[subEpoch % folds.length]!;
    const { steps, settings, stopped } = await passOver(fold, options, callbacks, state);
    const loss = await trainer.loss(validation);
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
      epochSubEpochs: folds.length,
      loss,
      bestLoss: state.bestLoss,
      bestSubEpoch: state.bestSubEpoch,
    });
    const offer = (weights: Weights, offered: number): boolean => {
      if (!(offered <= state.bestLoss)) return false;
      state = withBest(state, weights, offered);
      return true;
    };
    // What one callback offers, the next is told.
    for (const callback of callbacks)
      await callback.afterSubEpoch?.({ ...progress(), subEpochs, fold, settings, trainer, offer });
    if (stopsAt(callbacks, progress()) || stopped) break;
    if ((subEpoch + 1) % saveEvery === 0) await save(options, callbacks, state);
  }
  const { best: weights, bestLoss, bestSubEpoch, history, steps } = state;
  const model = { weights, bestLoss, bestSubEpoch, history, steps };
  await callEach(callbacks, 'atEnd', model);
  return model;
}

/** Those that are given, then the caller's own. */
function callbacksOf({ callbacks = [], onSubEpoch, stopWhen, callerState }: TrainOptions): readonly TrainingCallback[] {
  const own: TrainingCallback = {
    ...(onSubEpoch !== undefined && { afterSubEpoch: onSubEpoch }),
    ...(stopWhen !== undefined && { stopWhen }),
    ...(callerState !== undefined && {
      save: () => callerState.save(),
      restore: (saved) => {
        callerState.restore(saved);
      },
    }),
  };
  return [...callbacks, own];
}

interface Pass {
  /** Steps of the whole training so far. */
  readonly steps: number;
  /** Of the last step. */
  readonly settings: StepSettings;
  /** Whether a callback ended it. */
  readonly stopped: boolean;
}

/** One pass over a fold. */
async function passOver(
  fold: number,
  { trainer, folds, schedule, rng, augment, signal }: TrainOptions,
  callbacks: readonly TrainingCallback[],
  { steps: before, history }: TrainingState,
): Promise<Pass> {
  const subEpoch = history.length;
  const own = folds[fold]!;
  const data =
    augment === undefined
      ? own
      : withInputs(trainer.spec, own, await augment(fold, subEpoch), `the augmented fold ${fold}`);
  const batches = stepsOf(data, trainer);
  const watching = callbacks.filter((callback) => callback.beforeStep !== undefined);
  const drops = hasDropout(trainer.spec);
  const settingsAt = (step: number): StepSettings => schedule(step, subEpoch + (step - before) / batches);
  let steps = before;
  let settings = settingsAt(steps);
  const ended = { early: false };
  for (const rows of shuffledBatches(data.rows, trainer.batchSize, rng(`batches/${subEpoch}`))) {
    if (steps % STEPS_BETWEEN_PAUSES === 0) {
      await trainer.caughtUp?.();
      await pause(signal);
    }
    settings = settingsAt(steps);
    const step = steps;
    const dropout = () => (drops ? rng(`dropout/${step}`) : undefined);
    if (watching.length > 0)
      await callEach(watching, 'beforeStep', {
        step,
        subEpoch,
        fold,
        settings,
        trainer,
        loss: () => trainer.loss(data, rows),
        gradient: () => trainer.gradient(data, rows, dropout()),
        stop: () => (ended.early = true),
      });
    if (ended.early) break;
    trainer.step(data, rows, settings, dropout());
    steps++;
  }
  await pause(signal);
  return { steps, settings, stopped: ended.early };
}

const STEPS_BETWEEN_PAUSES = 4;

function stepsOf({ rows }: TrainingSet, { batchSize }: Trainer): number {
  return Math.floor(rows / batchSize);
}

async function begin(options: TrainOptions, callbacks: readonly TrainingCallback[]): Promise<TrainingState> {
  const { trainer, rng, initial, masks = {}, checkpoint } = options;
  trainer.mask(masks);
  checkMasks(trainer.spec, masks);
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
  restoreStates(callbacks, caller);
  return state;
}

async function save(
  { trainer, checkpoint }: TrainOptions,
  callbacks: readonly TrainingCallback[],
  state: TrainingState,
): Promise<void> {
  if (checkpoint === undefined) return;
  const current = await trainer.weights();
  const optimiser = await trainer.optimiserState();
  const caller = await savedStates(callbacks);
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

/** @throws DataError if nothing is left to train. */
function checkMasks(spec: NetworkSpec, masks: Masks): void {
  const kept = flattenMasks(spec, masks);
  if (!kept.includes(1))
    throw new DataError(
      `The masks prune all ${kept.length} parameters, so that nothing is left to train; prune fewer.`,
    );
}

/** @throws RangeError if the schedule ends later than the training, by more than folds differ in their steps. */
function checkLength({ trainer, folds, schedule, subEpochs }: TrainOptions, order: readonly number[]): void {
  const { lasts, unit = 'steps' } = schedule;
  if (lasts === undefined) return;
  const stepsOfFold = folds.map((fold) => stepsOf(fold, trainer));
  let steps = 0;
  for (let subEpoch = 0; subEpoch < subEpochs; subEpoch++) steps += stepsOfFold[order[subEpoch % order.length]!]!;
  const [length, slack] = unit === 'steps' ? [steps, Math.max(...stepsOfFold)] : [subEpochs, 0];
  if (lasts > length + slack)
    throw new RangeError(
      `The schedule takes ${lasts} ${unit} to its end, or to that of its first cycle, and the training has ${length}; train for longer, or make the schedule shorter.`,
    );
}
