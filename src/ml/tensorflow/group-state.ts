/** What a group of networks has on the backend: matrices with a row for each member. */
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { NetworkGraph } from '../network/graph.ts';
import { sizeOf } from '../network/network.ts';
import type { TensorFlow } from './backend.ts';

export interface GroupState {
  /** [members, parameters], as `first`, `second` and `kept`. */
  readonly parameters: Tensor2D;
  readonly first: Tensor2D;
  readonly second: Tensor2D;
  /** [members, statistics]; undefined if the networks have none. */
  readonly statistics: Tensor2D | undefined;
  /** 1 for each parameter, or 0 where it is pruned; undefined while none is. */
  readonly kept: Tensor2D | undefined;
}

export const STATE_PARTS = ['parameters', 'first', 'second', 'statistics', 'kept'] as const;
export type StatePart = (typeof STATE_PARTS)[number];

/** All zero, nothing pruned. */
export function emptyState(tf: TensorFlow, { parameters, statistics }: NetworkGraph, members: number): GroupState {
  const count = (shapes: NetworkGraph['parameters']): number =>
    shapes.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const zeros = (columns: number): Tensor2D => tf.zeros([members, columns]);
  const columns = count(parameters);
  return {
    parameters: zeros(columns),
    first: zeros(columns),
    second: zeros(columns),
    statistics: statistics.length === 0 ? undefined : zeros(count(statistics)),
    kept: undefined,
  };
}

/** The row of a member, [1, columns]. */
export function rowOf(tf: TensorFlow, matrix: Tensor2D, member: number): Tensor2D {
  return tf.slice2d(matrix, [member, 0], [1, matrix.shape[1]]);
}

/** The matrix with other values in the row of a member. */
export function withRow(tf: TensorFlow, matrix: Tensor2D, member: number, values: Float32Array): Tensor2D {
  // A copy, because the cpu backend keeps the array that it is given.
  return tf.tidy(() => stacked(tf, matrix, member, [tf.tensor2d(values.slice(), [1, values.length])]));
}

export function withoutRow(tf: TensorFlow, matrix: Tensor2D, member: number): Tensor2D {
  return tf.tidy(() => stacked(tf, matrix, member, []));
}

function stacked(tf: TensorFlow, matrix: Tensor2D, member: number, between: readonly Tensor2D[]): Tensor2D {
  const [members, columns] = matrix.shape;
  const some = (from: number, to: number): readonly Tensor2D[] =>
    from === to ? [] : [tf.slice2d(matrix, [from, 0], [to - from, columns])];
  return tf.concat<Tensor2D>([...some(0, member), ...between, ...some(member + 1, members)], 0);
}

/** The same parameters and moments with what is pruned at 0. */
export function pruned(tf: TensorFlow, state: GroupState): GroupState {
  const { kept, parameters, first, second } = state;
  if (kept === undefined) return state;
  const [a, b, c] = tf.tidy(() => {
    const isKept = tf.greater(kept, 0);
    return [parameters, first, second].map((matrix) => tf.where(isKept, matrix, tf.zerosLike(matrix)));
  }) as [Tensor2D, Tensor2D, Tensor2D];
  return { ...state, parameters: a, first: b, second: c };
}

export async function floats(tensor: Tensor): Promise<Float32Array> {
  const values = await tensor.data<'float32'>();
  // A copy, because the cpu backend returns the array that it computes with.
  return values.slice();
}
