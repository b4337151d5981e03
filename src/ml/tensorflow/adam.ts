/** Adam on TensorFlow.js, on flat vectors: a dozen operations a step, however many layers there are. */
import type { Tensor1D } from '@tensorflow/tfjs-core';
import type { StepSettings } from '../training/schedules.ts';
import type { TensorFlow } from './backend.ts';
import type { AdamOptions } from '../training/trainer.ts';

/** The state that a step changes. A type, not an interface, since `tf.tidy` does not accept interfaces. */
export type AdamTensors = {
  readonly parameters: Tensor1D;
  readonly first: Tensor1D;
  readonly second: Tensor1D;
};

/**
 * One step of Adam (Kingma and Ba, arXiv:1412.6980, algorithm 1, with epsilon in the same place: added to the root of
 * the corrected second moment). `step` counts from 1. beta1 may change from step to step; the correction uses the
 * current one, as PyTorch does. All scalars are computed here in float64, 1 - beta2 above all: in float32 it is off by
 * 1e-5.
 */
export function adamStep(
  tf: TensorFlow,
  { parameters, first, second }: AdamTensors,
  gradient: Tensor1D,
  step: number,
  { learningRate, beta1 }: StepSettings,
  { beta2, epsilon }: AdamOptions,
): AdamTensors {
  const m = tf.add<Tensor1D>(tf.mul(first, beta1), tf.mul(gradient, 1 - beta1));
  const v = tf.add<Tensor1D>(tf.mul(second, beta2), tf.mul(tf.mul(gradient, gradient), 1 - beta2));
  // lr (m / c1) / (sqrt(v / c2) + eps) = lr sqrt(c2) / c1 m / (sqrt(v) + eps sqrt(c2)): two operations fewer.
  const correction = Math.sqrt(1 - beta2 ** step);
  const rate = (learningRate * correction) / (1 - beta1 ** step);
  const change = tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), epsilon * correction));
  return { parameters: tf.sub(parameters, change), first: m, second: v };
}
