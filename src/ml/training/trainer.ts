/**
 * A trainer holds one network on a backend, takes optimiser steps and predicts. The training loop, the range test and
 * stages know only this interface; behind it are the portable engine's trainer and TensorFlow.js's.
 */
import type { Tensors } from '../../core/artifact/tensors.ts';
import type { NetworkInputs, TrainingSet } from '../data/dataset.ts';
import { type NetworkSpec, parameterCount } from '../network/network.ts';
import type { StepSettings } from './schedules.ts';
import type { Weights } from '../network/weights.ts';

/** What Adam keeps between steps, in the order of `parameterShapes`. */
export interface OptimiserState {
  readonly steps: number;
  /** Running mean of the gradient. */
  readonly first: Float32Array;
  /** Running mean of the squared gradient. */
  readonly second: Float32Array;
}

/** Adam's settings that do not change during training (Kingma and Ba, arXiv:1412.6980, algorithm 1). */
export interface AdamOptions {
  /** Decay rate of the second moment; 0.999 in the paper. */
  readonly beta2: number;
  /** Added to the root of the second moment. Not negligible where gradients are small: give it with care. */
  readonly epsilon: number;
}

export interface TrainerOptions {
  /** Rows of every batch that `step` takes. */
  readonly batchSize: number;
  readonly adam: AdamOptions;
}

/**
 * One network with its optimiser. The loss is the weighted binary cross-entropy on the logit z,
 * (1 / B) sum of w [softplus(z) - y z] over the B rows of a batch.
 */
export interface Trainer {
  readonly spec: NetworkSpec;
  readonly batchSize: number;
  /** Replaces the parameters; the optimiser's state stays. @throws DataError if they are not of this network. */
  load(weights: Tensors): void;
  weights(): Promise<Weights>;
  /** Replaces the optimiser's state. @throws DataError if it is not of this network. */
  restore(state: OptimiserState): void;
  optimiserState(): Promise<OptimiserState>;
  /**
   * One step of Adam on the rows of `data` with these numbers.
   *
   * @throws RangeError unless there are `batchSize` of them.
   */
  step(data: TrainingSet, rows: Uint32Array, settings: StepSettings): void;
  /** The mean loss of all rows, or of those with the given numbers; summed in float64. */
  loss(data: TrainingSet, rows?: Uint32Array): Promise<number>;
  /**
   * The probability of target 1 for each row. `batchRows` at a time go through the network; results do not depend on it.
   *
   * @throws DataError if the inputs are not of this network.
   */
  predict(inputs: NetworkInputs, batchRows?: number): Promise<Float32Array>;
  /** Frees what the backend holds. Anything after that is an error. */
  dispose(): void;
}

/** The state of an optimiser that has taken no step. */
export function freshOptimiser(spec: NetworkSpec): OptimiserState {
  const count = parameterCount(spec);
  return { steps: 0, first: new Float32Array(count), second: new Float32Array(count) };
}
