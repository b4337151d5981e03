/**
 * Trainers: what holds one network on a backend, takes optimiser steps and predicts. The training loop, the range test
 * and stages know this interface alone: behind it are the portable engine's trainer and TensorFlow.js's.
 */
import type { ComputeBackend } from '../core/stage.ts';
import type { Tensors } from '../core/tensors.ts';
import { BackendError } from '../errors.ts';
import type { NetworkInputs, TrainingSet } from './dataset.ts';
import { type NetworkSpec, parameterCount } from './network.ts';
import { isPortable } from './portable/backend.ts';
import { PortableTrainer } from './portable/trainer.ts';
import type { StepSettings } from './schedules.ts';
import { isTensorFlow } from './tensorflow-backend.ts';
import { TensorFlowTrainer } from './tensorflow-trainer.ts';
import type { Weights } from './weights.ts';

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

/**
 * A trainer on this backend, with all parameters zero: `load` some before use. Dispose of it in the end.
 *
 * @throws BackendError if the backend has no trainer.
 * @throws RangeError for a network or batch size that makes no sense.
 */
export function openTrainer(backend: ComputeBackend, spec: NetworkSpec, options: TrainerOptions): Trainer {
  const { batchSize, adam } = options;
  if (!Number.isSafeInteger(batchSize) || batchSize < 1)
    throw new RangeError(`A batch must have a whole number of at least 1 rows, not ${batchSize}.`);
  if (!(adam.beta2 >= 0 && adam.beta2 < 1 && adam.epsilon >= 0))
    throw new RangeError(`Adam needs 0 <= beta2 < 1 and epsilon >= 0, not ${adam.beta2} and ${adam.epsilon}.`);
  if (isPortable(backend)) return new PortableTrainer(backend, spec, options);
  if (isTensorFlow(backend)) return new TensorFlowTrainer(backend.tf, spec, options);
  throw new BackendError(`The backend ${backend.name} cannot train networks; use portable, tfjs-wasm or tfjs-cpu.`);
}

/** The state of an optimiser that has taken no step. */
export function freshOptimiser(spec: NetworkSpec): OptimiserState {
  const count = parameterCount(spec);
  return { steps: 0, first: new Float32Array(count), second: new Float32Array(count) };
}
