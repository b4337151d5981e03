/**
 * The optimisers on TensorFlow.js, on flat vectors, [members, parameters]: a dozen operations a step, however many
 * layers and members there are.
 */
import type { Tensor2D } from '@tensorflow/tfjs-core';
import { pow } from '../../core/numeric/elementary.ts';
import type { StepSettings } from '../training/schedules.ts';
import type { AdamOptions, OptimiserOptions, SgdOptions } from '../training/trainer.ts';
import type { TensorFlow } from './backend.ts';

/** The state that a step changes. A type, not an interface, since `tf.tidy` does not accept interfaces. */
export type OptimiserTensors = {
  readonly parameters: Tensor2D;
  readonly first: Tensor2D;
  readonly second: Tensor2D;
};

/** The step that a member takes. */
export interface MemberStep {
  readonly settings: StepSettings;
  /** Counts from 1. */
  readonly step: number;
}

/**
 * Weight decay and then one step of each member.
 *
 * @param kept 1 for each parameter, or 0 where it is pruned; undefined: none is
 */
export function optimise(
  tf: TensorFlow,
  state: OptimiserTensors,
  gradient: Tensor2D,
  kept: Tensor2D | undefined,
  steps: readonly MemberStep[],
  { adam, sgd }: OptimiserOptions,
): OptimiserTensors {
  const { weightDecay = 0, decoupledWeightDecay = 0 } = adam ?? sgd;
  const { parameters } = state;
  const whereKept = (vector: Tensor2D): Tensor2D =>
    kept === undefined ? vector : tf.where(tf.greater(kept, 0), vector, tf.zerosLike(vector));
  let slope = whereKept(gradient);
  if (weightDecay > 0) slope = tf.add<Tensor2D>(slope, tf.mul(parameters, weightDecay));
  const decayed =
    decoupledWeightDecay > 0
      ? tf.sub<Tensor2D>(
          parameters,
          tf.mul(
            parameters,
            each(tf, steps, ({ settings }) => settings.learningRate * decoupledWeightDecay),
          ),
        )
      : parameters;
  const start = { ...state, parameters: decayed };
  const next = sgd === undefined ? adamStep(tf, start, slope, steps, adam) : descend(tf, start, slope, steps, sgd);
  // Without an epsilon, Adam divides 0 by 0 where a parameter is pruned.
  return { ...next, parameters: whereKept(next.parameters) };
}

/**
 * One step of Adam (Kingma and Ba, arXiv:1412.6980, algorithm 1, with epsilon in the same place: added to the root of
 * the corrected second moment). beta1 may change from step to step; the correction uses the current one, as PyTorch
 * does. All scalars are computed here in float64, 1 - beta2 above all: in float32 it is off by 1e-5.
 */
function adamStep(
  tf: TensorFlow,
  { parameters, first, second }: OptimiserTensors,
  gradient: Tensor2D,
  steps: readonly MemberStep[],
  { beta2, epsilon }: AdamOptions,
): OptimiserTensors {
  const beta1 = each(tf, steps, ({ settings }) => settings.beta1);
  const others = each(tf, steps, ({ settings }) => 1 - settings.beta1);
  const m = tf.add<Tensor2D>(tf.mul(first, beta1), tf.mul(gradient, others));
  const v = tf.add<Tensor2D>(tf.mul(second, beta2), tf.mul(tf.mul(gradient, gradient), 1 - beta2));
  // lr (m / c1) / (sqrt(v / c2) + eps) = lr sqrt(c2) / c1 m / (sqrt(v) + eps sqrt(c2)): two operations fewer.
  const correction = (step: number): number => Math.sqrt(1 - pow(beta2, step));
  const rate = each(
    tf,
    steps,
    ({ settings, step }) => (settings.learningRate * correction(step)) / (1 - pow(settings.beta1, step)),
  );
  const added = each(tf, steps, ({ step }) => epsilon * correction(step));
  const change = tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), added));
  return { parameters: tf.sub(parameters, change), first: m, second: v };
}

/** One step of gradient descent with momentum, as PyTorch's SGD without dampening. */
function descend(
  tf: TensorFlow,
  { parameters, first, second }: OptimiserTensors,
  gradient: Tensor2D,
  steps: readonly MemberStep[],
  { nesterov = false }: SgdOptions,
): OptimiserTensors {
  const learningRate = each(tf, steps, ({ settings }) => settings.learningRate);
  const beta1 = each(tf, steps, ({ settings }) => settings.beta1);
  const m = tf.add<Tensor2D>(gradient, tf.mul(first, beta1));
  const direction = nesterov ? tf.add<Tensor2D>(gradient, tf.mul(m, beta1)) : m;
  return { parameters: tf.sub(parameters, tf.mul(direction, learningRate)), first: m, second };
}

/** A number of every member, as one where they agree, else [members, 1]. */
function each(tf: TensorFlow, steps: readonly MemberStep[], of: (step: MemberStep) => number): number | Tensor2D {
  const values = steps.map(of);
  return new Set(values).size === 1 ? values[0]! : tf.tensor2d(values, [values.length, 1]);
}
