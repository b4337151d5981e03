/** Batches as tensors: what of the data goes to the backend, member by member and feature by feature. */
import type { Rank, Tensor3D } from '@tensorflow/tfjs-core';
import type { NetworkInputs, TrainingSet } from '../data/dataset.ts';
import { GAIN_ROWS, type Gains } from '../network/dropout.ts';
import type { GraphHead, NetworkGraph } from '../network/graph.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { TensorFlow } from './backend.ts';
import type { BatchTensors } from './backward.ts';
import type { InputTensors } from './network.ts';

/** The rows of `data` with these numbers: what one member gets, as many rows as all others. */
export interface MemberRows<Data extends NetworkInputs> {
  readonly data: Data;
  readonly rows: Uint32Array;
}

export function uploadInputs(
  tf: TensorFlow,
  spec: NetworkSpec,
  members: readonly MemberRows<NetworkInputs>[],
): InputTensors {
  const columns = spec.embeddings.length;
  return {
    continuous:
      spec.continuous === 0
        ? undefined
        : uploaded(tf, members, spec.continuous, (into, { data, rows }) => {
            copyColumns(into, data.continuous, spec.continuous, 0, spec.continuous, rows);
          }),
    oneHot: spec.embeddings.map(({ cardinality }, column) =>
      uploaded(tf, members, cardinality, (into, { data, rows }) => {
        markOneHot(into, data.codes, columns, column, rows);
      }),
    ),
    ones: tf.ones<Rank.R3>([members.length, 1, members[0]!.rows.length]),
  };
}

/** The rows with their targets and weights. */
export function uploadBatch(
  tf: TensorFlow,
  spec: NetworkSpec,
  { heads, targets: columns }: NetworkGraph,
  members: readonly MemberRows<TrainingSet>[],
): BatchTensors {
  const targetsOf = ({ kind, outputs, target, targets }: GraphHead): Tensor3D =>
    kind === 'softmax'
      ? uploaded(tf, members, outputs, (into, { data, rows }) => {
          markOneHot(into, data.targets, columns, target, rows);
        })
      : uploaded(tf, members, targets, (into, { data, rows }) => {
          copyColumns(into, data.targets, columns, target, targets, rows);
        });
  return {
    ...uploadInputs(tf, spec, members),
    targets: heads.map(targetsOf),
    weights: uploaded(tf, members, 1, (into, { data, rows }) => {
      for (let i = 0; i < rows.length; i++) into[i] = data.weights[rows[i]!]! / rows.length;
    }),
  };
}

/** The gains of one dropout by member, [members, width, rows], from those of whole blocks of rows. */
export function uploadGains(tf: TensorFlow, members: readonly Gains[], rows: number): Tensor3D {
  const { width } = members[0]!;
  const values = new Float32Array(members.length * width * rows);
  for (const [m, { gains }] of members.entries())
    for (let o = 0; o < width; o++)
      for (let i = 0; i < rows; i++)
        values[(m * width + o) * rows + i] =
          gains[(Math.floor(i / GAIN_ROWS) * width + o) * GAIN_ROWS + (i % GAIN_ROWS)]!;
  return tf.tensor3d(values, [members.length, width, rows]);
}

/** [members, count, rows], zeros that `fill` writes to, member by member. */
function uploaded<Data extends NetworkInputs>(
  tf: TensorFlow,
  members: readonly MemberRows<Data>[],
  count: number,
  fill: (into: Float32Array, member: MemberRows<Data>) => void,
): Tensor3D {
  const rows = members[0]!.rows.length;
  const size = count * rows;
  const values = new Float32Array(members.length * size);
  for (const [m, member] of members.entries()) fill(values.subarray(m * size, (m + 1) * size), member);
  return tf.tensor3d(values, [members.length, count, rows]);
}

/** Columns [first, first + count) of row-major values [n, width], for these rows: to [count, rows]. */
function copyColumns(
  into: Float32Array,
  values: ArrayLike<number>,
  width: number,
  first: number,
  count: number,
  rows: Uint32Array,
): void {
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * width + first;
    for (let j = 0; j < count; j++) into[j * rows.length + i] = values[from + j]!;
  }
}

/** To [count, rows]: 1 where the row's number in this column, a whole one below `count`, is that of the line. */
function markOneHot(
  into: Float32Array,
  numbers: ArrayLike<number>,
  columns: number,
  column: number,
  rows: Uint32Array,
): void {
  for (let i = 0; i < rows.length; i++) into[numbers[rows[i]! * columns + column]! * rows.length + i] = 1;
}
