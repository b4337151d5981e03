/** The loss of one row from what a network's heads sum up, in float64 and with the same bits on every machine. */
import { exp, log, log1p } from '../../core/numeric/elementary.ts';
import type { GraphHead } from '../network/graph.ts';

/**
 * Of one head, times its weight.
 *
 * @param sums where the head's sums are: the first at `start`, the next `stride` further on
 * @param targets where the row's targets of all heads are, from `targetStart` on
 */
export function rowLoss(
  { kind, outputs, target, factor }: GraphHead,
  sums: Float32Array,
  start: number,
  stride: number,
  targets: ArrayLike<number>,
  targetStart: number,
): number {
  let loss = 0;
  const first = targetStart + target;
  switch (kind) {
    case 'sigmoid':
      for (let o = 0; o < outputs; o++) loss += crossEntropy(sums[start + o * stride]!, targets[first + o]!);
      return factor * loss;
    case 'softmax':
      return factor * (logOfSum(sums, start, stride, outputs) - sums[start + targets[first]! * stride]!);
    case 'linear':
      for (let o = 0; o < outputs; o++) loss += (sums[start + o * stride]! - targets[first + o]!) ** 2;
      return factor * loss;
  }
}

/** softplus(z) - y z, in a form that does not overflow. */
function crossEntropy(z: number, y: number): number {
  return Math.max(z, 0) + log1p(exp(-Math.abs(z))) - y * z;
}

/** ln(sum of exp(z)), in a form that does not overflow. */
function logOfSum(sums: Float32Array, start: number, stride: number, outputs: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let o = 0; o < outputs; o++) largest = Math.max(largest, sums[start + o * stride]!);
  let sum = 0;
  for (let o = 0; o < outputs; o++) sum += exp(sums[start + o * stride]! - largest);
  return largest + log(sum);
}
