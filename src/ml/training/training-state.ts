/** The state of a training between two sub-epochs, and its form in a checkpoint. */
import type { CheckpointValue } from '../../core/authoring/stage.ts';
import { DataError } from '../../errors.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimiserState } from './trainer.ts';
import { flattenWeights, unflattenWeights, type Weights } from '../network/weights.ts';

/** What the loop itself knows. */
export interface TrainingState {
  /** Optimiser steps taken. */
  readonly steps: number;
  /** The validation loss after each sub-epoch. */
  readonly history: readonly number[];
  readonly best: Weights;
  readonly bestLoss: number;
  readonly bestSubEpoch: number;
}

/** All that a resumed training needs. */
export interface SavedTraining {
  readonly state: TrainingState;
  readonly current: Weights;
  readonly optimiser: OptimiserState;
  readonly caller: CheckpointValue;
}

export function encodeTrainingState(spec: NetworkSpec, saved: SavedTraining): CheckpointValue {
  const { state, current, optimiser, caller } = saved;
  return {
    steps: state.steps,
    history: Float64Array.from(state.history),
    best: flattenWeights(spec, state.best),
    bestLoss: state.bestLoss,
    bestSubEpoch: state.bestSubEpoch,
    current: flattenWeights(spec, current),
    optimiserSteps: optimiser.steps,
    first: optimiser.first,
    second: optimiser.second,
    caller,
  };
}

/** @throws DataError if `value` is not what `encodeTrainingState` made for a network of this shape. */
export function decodeTrainingState(spec: NetworkSpec, value: CheckpointValue): SavedTraining {
  if (!isEncoded(value))
    throw new DataError('The checkpoint is not one of this training; delete it by running the stage afresh.');
  return {
    state: {
      steps: value.steps,
      history: Array.from(value.history),
      best: unflattenWeights(spec, value.best),
      bestLoss: value.bestLoss,
      bestSubEpoch: value.bestSubEpoch,
    },
    current: unflattenWeights(spec, value.current),
    optimiser: { steps: value.optimiserSteps, first: value.first, second: value.second },
    caller: value.caller,
  };
}

interface Encoded {
  readonly steps: number;
  readonly history: Float64Array;
  readonly best: Float32Array;
  readonly bestLoss: number;
  readonly bestSubEpoch: number;
  readonly current: Float32Array;
  readonly optimiserSteps: number;
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly caller: CheckpointValue;
}

const NUMBERS = ['steps', 'bestLoss', 'bestSubEpoch', 'optimiserSteps'];
const VECTORS = ['best', 'current', 'first', 'second'];

function isEncoded(value: CheckpointValue): value is CheckpointValue & Encoded {
  if (typeof value !== 'object' || value === null) return false;
  const fields = value as Readonly<Record<string, unknown>>;
  return (
    NUMBERS.every((name) => typeof fields[name] === 'number') &&
    VECTORS.every((name) => fields[name] instanceof Float32Array) &&
    fields['history'] instanceof Float64Array &&
    'caller' in fields
  );
}
