/**
 * The network on TensorFlow.js: one forward and one backward pass, written by hand over its operations.
 *
 * Everything is feature-major, [features, rows], so that dense concatenation, and taking it apart again, moves whole
 * blocks. A last row of ones makes each bias the last row of its weight matrix. No automatic gradients: tfjs-core alone
 * has none in Node, and the wasm backend lacks the one of a look-up.
 */
import type { Rank, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { layerInputs, type NetworkSpec } from '../network/network.ts';
import type { TensorFlow } from './backend.ts';

/** A batch of B rows of inputs. */
export interface InputTensors {
  /** [continuous, B]; undefined if the network has none. */
  readonly continuous: Tensor2D | undefined;
  /** For each embedding [cardinality, B]: 1 where the row has that code. */
  readonly oneHot: readonly Tensor2D[];
  /** [1, B]. */
  readonly ones: Tensor2D;
}

/** A batch of B rows to learn from. */
export interface BatchTensors extends InputTensors {
  /** [1, B]. */
  readonly targets: Tensor2D;
  /** [1, B]: weight / B. */
  readonly weights: Tensor2D;
}

/** The parameters as the passes use them: views of the flat vector, biases as last rows. */
interface Matrices {
  /** [cardinality, size]. */
  readonly embeddings: readonly Tensor2D[];
  /** [inputs + 1, width]. */
  readonly hidden: readonly Tensor2D[];
  /** [width + 1, 1]. */
  readonly output: Tensor2D;
}

/** What the backward pass needs of a hidden layer's forward pass. */
interface Layer {
  /** [inputs + 1, B]. */
  readonly inputs: Tensor2D;
  /** z, and sigmoid(z) for swish: [width, B]. */
  readonly z: Tensor2D;
  readonly gate: Tensor2D | undefined;
  /** [width, B]. */
  readonly outputs: Tensor2D;
}

/** The logits [1, B] of a batch. Call it in a `tf.tidy`. */
export function logits(tf: TensorFlow, spec: NetworkSpec, parameters: Tensor1D, batch: InputTensors): Tensor2D {
  return forward(tf, spec, matrices(tf, spec, parameters), batch).logits;
}

/**
 * The gradient of the loss (1 / B) sum of w [softplus(z) - y z] by the flat parameters, as a vector in their order.
 * Call it in a `tf.tidy`.
 */
export function gradient(tf: TensorFlow, spec: NetworkSpec, parameters: Tensor1D, batch: BatchTensors): Tensor1D {
  const weights = matrices(tf, spec, parameters);
  const { layers, top, logits } = forward(tf, spec, weights, batch);
  const { width } = spec;
  const byLogit = tf.mul<Tensor2D>(tf.sub(tf.sigmoid(logits), batch.targets), batch.weights);
  const byOutput = productTransposed(tf, top, byLogit);
  const byHidden: Tensor2D[] = [];

  let byActivation = tf.matMul<Tensor2D>(firstRows(tf, weights.output, width), byLogit);
  let byEarlier: Tensor2D | undefined;
  for (let k = spec.depth - 1; k >= 0; k--) {
    const layer = layers[k]!;
    const byZ = tf.mul<Tensor2D>(byActivation, slope(tf, layer));
    byHidden[k] = productTransposed(tf, layer.inputs, byZ);
    const learned = layerInputs(spec, k) - (k === 0 || spec.dense ? spec.continuous : 0);
    if (learned === 0) break;
    let byInputs = tf.matMul<Tensor2D>(firstRows(tf, weights.hidden[k]!, learned), byZ);
    if (byEarlier !== undefined) byInputs = tf.add<Tensor2D>(byInputs, byEarlier);
    if (k > 0) {
      byActivation = firstRows(tf, byInputs, width);
      byEarlier = learned > width ? rows(tf, byInputs, width, learned) : undefined;
    } else {
      byEarlier = byInputs;
    }
  }
  const byEmbedding = embeddingRows(spec).map(([from, to], i) =>
    productTransposed(tf, batch.oneHot[i]!, rows(tf, byEarlier!, from, to)),
  );
  return tf.concat1d([...byEmbedding, ...byHidden, byOutput].map((part) => tf.reshape(part, [part.size])));
}

function forward(
  tf: TensorFlow,
  spec: NetworkSpec,
  weights: Matrices,
  { continuous, oneHot, ones }: InputTensors,
): { readonly layers: readonly Layer[]; readonly top: Tensor2D; readonly logits: Tensor2D } {
  const embedded = weights.embeddings.map((table, i) => transposedProduct(tf, table, oneHot[i]!));
  // Learned inputs first: then what needs a gradient is always the first rows, here and in every dense layer.
  let inputs = stackRows(tf, [...embedded, ...(continuous === undefined ? [] : [continuous]), ones]);
  const layers: Layer[] = [];
  for (const [k, matrix] of weights.hidden.entries()) {
    const z = transposedProduct(tf, matrix, inputs);
    const gate = spec.activation === 'swish' ? tf.sigmoid<Tensor2D>(z) : undefined;
    const outputs = gate === undefined ? tf.relu<Tensor2D>(z) : tf.mul<Tensor2D>(z, gate);
    layers.push({ inputs, z, gate, outputs });
    inputs = stackRows(tf, [outputs, spec.dense && k < spec.depth - 1 ? inputs : ones]);
  }
  return { layers, top: inputs, logits: transposedProduct(tf, weights.output, inputs) };
}

/** The transpose of `weights`, times `batch`. */
function transposedProduct(tf: TensorFlow, weights: Tensor2D, batch: Tensor2D): Tensor2D {
  if (!lacksTransposedProducts(tf)) return tf.matMul<Tensor2D>(weights, batch, true, false);
  // In this order, since the wasm backend repacks the right factor value by value, and the weights are the smaller.
  return tf.transpose(tf.matMul<Tensor2D>(tf.transpose<Tensor2D>(batch), weights));
}

/** `a` times the transpose of `b`. */
function productTransposed(tf: TensorFlow, a: Tensor2D, b: Tensor2D): Tensor2D {
  if (!lacksTransposedProducts(tf)) return tf.matMul<Tensor2D>(a, b, false, true);
  return tf.matMul<Tensor2D>(a, tf.transpose<Tensor2D>(b));
}

/** The wasm backend's own transposed products are naive loops, ten times as slow as transposing first. */
function lacksTransposedProducts(tf: TensorFlow): boolean {
  return tf.getBackend() === 'wasm';
}

/** The derivative of the activation at z: for swish, with h = z sigmoid(z), it is h + sigmoid(z) (1 - h). */
function slope(tf: TensorFlow, { z, gate, outputs }: Layer): Tensor2D {
  if (gate === undefined) return tf.step<Tensor2D>(z);
  return tf.add<Tensor2D>(outputs, tf.mul<Tensor2D>(gate, tf.sub(1, outputs)));
}

function matrices(tf: TensorFlow, spec: NetworkSpec, parameters: Tensor1D): Matrices {
  let offset = 0;
  const next = (rowCount: number, columns: number): Tensor2D => {
    const size = rowCount * columns;
    const matrix = tf.reshape<Rank.R2>(tf.slice1d(parameters, offset, size), [rowCount, columns]);
    offset += size;
    return matrix;
  };
  const embeddings = spec.embeddings.map(({ cardinality, size }) => next(cardinality, size));
  const hidden = Array.from({ length: spec.depth }, (_, k) => next(layerInputs(spec, k) + 1, spec.width));
  return { embeddings, hidden, output: next(spec.width + 1, 1) };
}

/** The rows of the first layer's inputs that each embedding fills. */
function embeddingRows(spec: NetworkSpec): readonly (readonly [from: number, to: number])[] {
  let from = 0;
  return spec.embeddings.map(({ size }) => [from, (from += size)]);
}

function firstRows(tf: TensorFlow, matrix: Tensor2D, count: number): Tensor2D {
  return rows(tf, matrix, 0, count);
}

function rows(tf: TensorFlow, matrix: Tensor2D, from: number, to: number): Tensor2D {
  return tf.slice2d(matrix, [from, 0], [to - from, matrix.shape[1]]);
}

function stackRows(tf: TensorFlow, blocks: readonly Tensor2D[]): Tensor2D {
  return tf.concat<Tensor2D>([...blocks], 0);
}
