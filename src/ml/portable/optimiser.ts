/** A step of the optimiser on the vectors of a network's memory. */
import { pow } from '../../core/numeric/elementary.ts';
import type { StepSettings } from '../training/schedules.ts';
import type { OptimiserOptions } from '../training/trainer.ts';
import type { Kernels } from './kernels.ts';
import type { Layout } from './layout.ts';

/**
 * Weight decay and then the step, from the gradient that is in memory.
 *
 * @param step its number, counted from 1
 */
export function optimise(
  kernels: Kernels,
  { padded, parameters, first, second, gradient }: Layout,
  { adam, sgd }: OptimiserOptions,
  { learningRate, beta1 }: StepSettings,
  step: number,
): void {
  const { weightDecay = 0, decoupledWeightDecay = 0 } = adam ?? sgd;
  if (weightDecay > 0) kernels.addMultiple(padded, weightDecay, parameters, gradient);
  if (decoupledWeightDecay > 0)
    kernels.addMultiple(padded, -learningRate * decoupledWeightDecay, parameters, parameters);
  if (sgd !== undefined) {
    kernels.descend(padded, parameters, first, gradient, beta1, learningRate, sgd.nesterov === true ? 1 : 0);
    return;
  }
  const { beta2, epsilon } = adam;
  // lr (m / c1) / (sqrt(v / c2) + eps) = lr sqrt(c2) / c1 m / (sqrt(v) + eps sqrt(c2)), all scalars in float64.
  const correction = Math.sqrt(1 - pow(beta2, step));
  const rate = (learningRate * correction) / (1 - pow(beta1, step));
  kernels.adam(
    padded,
    parameters,
    first,
    second,
    gradient,
    beta1,
    1 - beta1,
    beta2,
    1 - beta2,
    rate,
    epsilon * correction,
  );
}
