/** The optimisers on TensorFlow.js, on flat vectors: a dozen operations a step, however many layers there are. */
import type { Tensor1D } from '@tensorflow/tfjs-core';
import { pow } from '../../core/numeric/elementary.ts';
import type { StepSettings } from '../training/schedules.ts';
import type { AdamOptions, OptimiserOptions, SgdOptions } from '../training/trainer.ts';
import type { TensorFlow } from './backend.ts';

/** The state that a step changes. A type, not an interface, since `tf.tidy` does not accept interfaces. */
export type OptimiserTensors = {
  readonly parameters: Tensor1D;
  readonly first: Tensor1D;
  readonly second: Tensor1D;
};

/**
 * Weight decay and then one step. `step` counts from 1.
 *
 * @param kept 1 for each parameter, or 0 where it is pruned; undefined: none is
 */
export function optimise(
  tf: TensorFlow,
  state: OptimiserTensors,
  gradient: Tensor1D,
  kept: Tensor1D | undefined,
  step: number,
  settings: StepSettings,
  { adam, sgd }: OptimiserOptions,
): OptimiserTensors {
  const { weightDecay = 0, decoupledWeightDecay = 0 } = adam ?? sgd;
  const { parameters } = state;
  const whereKept = (vector: Tensor1D): Tensor1D =>
    kept === undefined ? vector : tf.where(tf.greater(kept, 0), vector, tf.zerosLike(vector));
  let slope = whereKept(gradient);
  if (weightDecay > 0) slope = tf.add<Tensor1D>(slope, tf.mul(parameters, weightDecay));
  const decayed =
    decoupledWeightDecay > 0
      ? tf.sub<Tensor1D>(parameters, tf.mul(parameters, settings.learningRate * decoupledWeightDecay))
      : parameters;
  const start = { ...state, parameters: decayed };
  const next =
    sgd === undefined ? adamStep(tf, start, slope, step, settings, adam) : descend(tf, start, slope, settings, sgd);
  // Without an epsilon, Adam divides 0 by 0 where a parameter is pruned.
  return { ...next, parameters: whereKept(next.parameters) };
}

/**
 * One step of Adam (Kingma and Ba, arXiv:1412.6980, algorithm 1, with epsilon in the same place: added to the root of
 * the corrected second moment). beta1 may change from step to step; the correction uses the current one, as PyTorch does.
 * All scalars are computed here in float64, 1 - beta2 above all: in float32 it is off by 1e-5.
 */
function adamStep(
  tf: TensorFlow,
  { parameters, first, second }: OptimiserTensors,
  gradient: Tensor1D,
  step: number,
  { learningRate, beta1 }: StepSettings,
  { beta2, epsilon }: AdamOptions,
): OptimiserTensors {
  const m = tf.add<Tensor1D>(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1));
  const v = tf.add<Tensor1D>(tf.mul(second, beta2), tf.mul(tf.mul(gradient, gradient), 1 - beta2));
  // lr (m / c1) / (sqrt(v / c2) + eps) = lr sqrt(c2) / c1 m / (sqrt(v) + eps sqrt(c2)): two operations fewer.
  const correction = Math.sqrt(1 - pow(beta2, step));
  const rate = (learningRate * correction) / (1 - pow(beta1, step));
  const change = tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon * correction));
  return { parameters: tf.sub(parameters, change), first: m, second: v };
}

/** One step of gradient descent with momentum, as PyTorch's SGD without dampening. */
function descend(
  tf: TensorFlow,
  { parameters, first, second }: OptimiserTensors,
  gradient: Tensor1D,
  { learningRate, beta1 }: StepSettings,
  { nesterov = false }: SgdOptions,
): OptimiserTensors {
  const m = tf.add<Tensor1D>(gradient, tf.mul(first, beta1));
  const direction = nesterov ? tf.add<Tensor1D>(gradient, tf.mul(m, beta1)) : m;
  return { parameters: tf.sub(parameters, tf.mul(direction, learningRate)), first: m, second };
}
