/** A step of the optimiser as a call, and the numbers that each network gives it. */
import { pow } from '../../core/numeric/elementary.ts';
import type { StepSettings } from '../training/schedules.ts';
import type { TrainerOptions } from '../training/trainer.ts';
import { type Call, call } from './kernel.ts';
import { adam, descend, prune } from './kernels/optimiser.ts';
import type { StateLayout } from './layout.ts';

type VectorName = 'count' | 'gradient' | 'first' | 'second' | 'kept';

function vectors({ parameters, gradient, first, second, kept }: StateLayout): Readonly<Record<VectorName, number>> {
  return { count: parameters, gradient, first, second, kept };
}

/** A step of the optimiser, from the gradient that is in the state. */
export function optimiserCall(layout: StateLayout, { adam: options, sgd }: TrainerOptions): Call {
  const { weightDecay: decay = 0 } = options ?? sgd;
  if (sgd !== undefined) {
    const nesterov = sgd.nesterov === true ? 1 : 0;
    return call(descend, { ...vectors(layout), nesterov, decay }, [layout.parameters]);
  }
  const { beta2 } = options;
  return call(adam, { ...vectors(layout), decay, beta2, other2: 1 - beta2 }, [layout.parameters]);
}

/**
 * The numbers of a step that a kernel of the optimiser takes, in its order.
 *
 * @param step its number, counted from 1
 */
export function settingsOf(
  { learningRate, beta1 }: StepSettings,
  step: number,
  { adam: options, sgd }: TrainerOptions,
): readonly number[] {
  const { decoupledWeightDecay = 0 } = options ?? sgd;
  const decay = learningRate * decoupledWeightDecay;
  if (sgd !== undefined) return [beta1, 1 - beta1, learningRate, 0, decay];
  // lr (m / c1) / (sqrt(v / c2) + eps) = lr sqrt(c2) / c1 m / (sqrt(v) + eps sqrt(c2)).
  const correction = Math.sqrt(1 - pow(options.beta2, step));
  const rate = (learningRate * correction) / (1 - pow(beta1, step));
  return [beta1, 1 - beta1, rate, options.epsilon * correction, decay];
}

export function pruneCall(layout: StateLayout): Call {
  return call(prune, vectors(layout), [layout.parameters]);
}
