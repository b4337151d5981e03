/**
 * A trainer holds one network on a backend, takes optimiser steps and predicts. The training loop, the range test and
 * stages know only this interface; behind it are the portable engine's trainer and TensorFlow.js's.
 */
import type { Tensors } from '../../core/artifact/tensors.ts';
import type { Random } from '../../core/identity/random.ts';
import type { NetworkInputs, TrainingSet } from '../data/dataset.ts';
import type { Masks } from '../network/masks.ts';
import { parameterCount } from '../network/network.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Weights } from '../network/weights.ts';
import type { StepSettings } from './schedules.ts';

/** What an optimiser keeps between steps, in the order of `parameterShapes`. */
export interface OptimiserState {
  readonly steps: number;
  /** Of Adam the running mean of the gradient, of gradient descent its momentum. */
  readonly first: Float32Array;
  /** Of Adam the running mean of the squared gradient, else 0. */
  readonly second: Float32Array;
}

export interface WeightDecay {
  /**
   * Times the parameters, added to the gradient: an L2 penalty, `weight_decay` of PyTorch's Adam and SGD. Default 0.
   */
  readonly weightDecay?: number | undefined;
  /**
   * Times the learning rate and the parameters, taken off the parameters (Loshchilov and Hutter, arXiv:1711.05101), as
   * PyTorch's AdamW does. Default 0.
   */
  readonly decoupledWeightDecay?: number | undefined;
}

/** Adam's settings that do not change during training (Kingma and Ba, arXiv:1412.6980, algorithm 1). */
export interface AdamOptions extends WeightDecay {
  /** Decay rate of the second moment; 0.999 in the paper. */
  readonly beta2: number;
  /** Added to the root of the second moment. Not negligible where gradients are small: give it with care. */
  readonly epsilon: number;
}

/**
 * Gradient descent with momentum, which is the `beta1` of the step: m = beta1 m + g, x = x - rate m, as PyTorch's SGD
 * without dampening.
 */
export interface SgdOptions extends WeightDecay {
  /** Whether a step goes along g + beta1 m; default false. */
  readonly nesterov?: boolean | undefined;
}

export type OptimiserOptions =
  { readonly adam: AdamOptions; readonly sgd?: undefined } | { readonly sgd: SgdOptions; readonly adam?: undefined };

export type TrainerOptions = OptimiserOptions & {
  /** Rows of every batch that `step` takes. */
  readonly batchSize: number;
};

/**
 * One network with its optimiser. The loss is (1 / B) sum of w l over the B rows of a batch, with l the sum of the
 * losses of its heads (see `Head`); of a perceptron the binary cross-entropy on the logit z, softplus(z) - y z.
 */
export interface Trainer {
  readonly spec: NetworkSpec;
  readonly batchSize: number;
  /**
   * Replaces the parameters and statistics; the optimiser's state stays. @throws DataError if they are not of this
   * network.
   */
  load(weights: Tensors): void;
  weights(): Promise<Weights>;
  /** Replaces the optimiser's state. @throws DataError if it is not of this network. */
  restore(state: OptimiserState): void;
  optimiserState(): Promise<OptimiserState>;
  /**
   * Replaces the masks, at first none: from now on what they prune is exactly 0, as are its moments, whatever is loaded
   * and whichever steps are taken. What earlier masks pruned stays 0 until a step or `load` changes it.
   *
   * @throws DataError if they are not of this network.
   */
  mask(masks: Masks): void;
  /**
   * One step of the optimiser on the rows of `data` with these numbers. A backend may keep `data` and know it by its
   * object, so give another object where values have changed. `random` decides what dropout drops; a network without
   * needs none.
   *
   * @throws RangeError unless there are `batchSize` of them, and `random` if it is needed.
   */
  step(data: TrainingSet, rows: Uint32Array, settings: StepSettings, random?: Random): void;
  /**
   * Of a backend that computes aside: waits until few of the steps that it was given are left, which would otherwise
   * pile up in memory. No result depends on it.
   */
  caughtUp?(): Promise<void>;
  /**
   * The gradient that such a step would take, before weight decay, of all parameters, pruned ones too. Nothing changes.
   *
   * @throws RangeError as `step`.
   */
  gradient(data: TrainingSet, rows: Uint32Array, random?: Random): Promise<Weights>;
  /**
   * The mean loss of all rows, or of those with the given numbers; summed in float64. Batch norm uses its running
   * statistics.
   */
  loss(data: TrainingSet, rows?: Uint32Array): Promise<number>;
  /**
   * The outputs of all heads for each row, [rows, outputCount(spec)]: of a perceptron, the probability of target 1.
   * `batchRows` at a time go through the network; results do not depend on it.
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
