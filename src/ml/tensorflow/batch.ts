/** Batches as tensors: what of the data goes to the backend, feature by feature. */
import type { Rank, Tensor2D } from '@tensorflow/tfjs-core';
import type { NetworkInputs, TrainingSet } from '../data/dataset.ts';
import { GAIN_ROWS, type Gains } from '../network/dropout.ts';
import type { GraphHead, NetworkGraph } from '../network/graph.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { TensorFlow } from './backend.ts';
import type { BatchTensors } from './backward.ts';
import type { InputTensors } from './network.ts';

/** These rows of the inputs. */
export function uploadInputs(
  tf: TensorFlow,
  spec: NetworkSpec,
  { continuous, codes }: NetworkInputs,
  rows: Uint32Array,
): InputTensors {
  const columns = spec.embeddings.length;
  return {
    continuous:
      spec.continuous === 0
        ? undefined
        : tf.tensor2d(columnsOf(continuous, spec.continuous, 0, spec.continuous, rows), [spec.continuous, rows.length]),
    oneHot: spec.embeddings.map(({ cardinality }, column) => oneHot(tf, codes, columns, column, cardinality, rows)),
    ones: tf.ones<Rank.R2>([1, rows.length]),
  };
}

/** These rows with their targets and weights. */
export function uploadBatch(
  tf: TensorFlow,
  spec: NetworkSpec,
  { heads, targets: columns }: NetworkGraph,
  data: TrainingSet,
  rows: Uint32Array,
): BatchTensors {
  const weights = Float32Array.from(rows, (row) => data.weights[row]! / rows.length);
  const targetsOf = ({ kind, outputs, target, targets }: GraphHead): Tensor2D =>
    kind === 'softmax'
      ? oneHot(tf, data.targets, columns, target, outputs, rows)
      : tf.tensor2d(columnsOf(data.targets, columns, target, targets, rows), [targets, rows.length]);
  return {
    ...uploadInputs(tf, spec, data, rows),
    targets: heads.map(targetsOf),
    weights: tf.tensor2d(weights, [1, rows.length]),
  };
}

/** The gains of one dropout, [width, rows], from those of whole blocks of rows. */
export function uploadGains(tf: TensorFlow, { width, gains }: Gains, rows: number): Tensor2D {
  const values = new Float32Array(width * rows);
  for (let o = 0; o < width; o++)
    for (let i = 0; i < rows; i++)
      values[o * rows + i] = gains[(Math.floor(i / GAIN_ROWS) * width + o) * GAIN_ROWS + (i % GAIN_ROWS)]!;
  return tf.tensor2d(values, [width, rows]);
}

/** Columns [first, first + count) of row-major values [n, width], for these rows: [count, rows]. */
function columnsOf(
  values: ArrayLike<number>,
  width: number,
  first: number,
  count: number,
  rows: Uint32Array,
): Float32Array {
  const result = new Float32Array(rows.length * count);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * width + first;
    for (let j = 0; j < count; j++) result[j * rows.length + i] = values[from + j]!;
  }
  return result;
}

/** [count, rows]: 1 where the row's number in this column, a whole one below `count`, is that of the line. */
function oneHot(
  tf: TensorFlow,
  numbers: ArrayLike<number>,
  columns: number,
  column: number,
  count: number,
  rows: Uint32Array,
): Tensor2D {
  const hot = new Float32Array(count * rows.length);
  for (let i = 0; i < rows.length; i++) hot[numbers[rows[i]! * columns + column]! * rows.length + i] = 1;
  return tf.tensor2d(hot, [count, rows.length]);
}
