/**
 * Networks of one shape on TensorFlow.js, M of them at once: one forward pass over their graph, written by hand over
 * operations; backward.ts goes back.
 *
 * Everything is feature-major, [M, features, rows], so that concatenation, and taking it apart again, moves whole
 * blocks. A last row of ones makes each bias the last row of its weight matrix. No automatic gradients: tfjs-core alone
 * has none in Node, and the wasm backend lacks the one of a look-up.
 */
import type { Rank, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import { BATCH_NORM } from '../network/batch-norm.ts';
import type { GraphNode, Linear, NetworkGraph, Step } from '../network/graph.ts';
import { sizeOf } from '../network/network.ts';
import type { TensorFlow } from './backend.ts';

/** For each of M networks a batch of B rows of inputs. */
export interface InputTensors {
  /** [M, continuous, B]; undefined if the network has none. */
  readonly continuous: Tensor3D | undefined;
  /** For each embedding [M, cardinality, B]: 1 where the row has that code. */
  readonly oneHot: readonly Tensor3D[];
  /** [M, 1, B]. */
  readonly ones: Tensor3D;
}

/** What the networks know, each as a flat vector: [M, parameters] and [M, statistics]. */
export interface NetworkTensors {
  readonly parameters: Tensor2D;
  /** Undefined if it has none. */
  readonly statistics: Tensor2D | undefined;
}

/** A step of a layer with what the way back needs of it, [M, width, B] unless said. */
export type DoneStep =
  | { readonly kind: 'slope'; readonly slope: Tensor3D }
  | { readonly kind: 'prelu'; readonly slope: Tensor3D; readonly negative: Tensor3D; readonly parameter: number }
  | {
      readonly kind: 'batchNorm';
      readonly step: Extract<Step, { readonly kind: 'batchNorm' }>;
      readonly standard: Tensor3D;
      /** scale / sqrt(variance + epsilon): [M, width, 1]. */
      readonly factor: Tensor3D;
    };

/** What a layer or head was computed from. */
export interface DoneLinear {
  /** [M, fan-in + 1, B]: the features that it took, and ones. */
  readonly inputs: Tensor3D;
  /** [M, fan-in + 1, width]: its weights, with the biases as the last row. */
  readonly weights: Tensor3D;
}

export interface ForwardPass {
  /** By node, of layers. */
  readonly layers: ReadonlyMap<number, DoneLinear & { readonly steps: readonly DoneStep[] }>;
  /** By head, with its sums [M, outputs, B]. */
  readonly heads: readonly (DoneLinear & { readonly sums: Tensor3D })[];
  /** The statistics after this batch, if it is one of training. */
  readonly statistics: Tensor2D | undefined;
}

/** How a network is used: in training with the gains of each dropout, [M, width, B], in their order; else undefined. */
export type Training = { readonly gains: readonly Tensor3D[] } | undefined;

/** Call it in a `tf.tidy`. */
export function forward(
  tf: TensorFlow,
  graph: NetworkGraph,
  tensors: NetworkTensors,
  batch: InputTensors,
  training: Training,
): ForwardPass {
  return new Forward(tf, graph, tensors, batch, training).pass();
}

class Forward {
  readonly #tf: TensorFlow;
  readonly #graph: NetworkGraph;
  readonly #tensors: NetworkTensors;
  readonly #batch: InputTensors;
  readonly #training: Training;
  readonly #features: Tensor3D[] = [];
  readonly #layers = new Map<number, DoneLinear & { readonly steps: readonly DoneStep[] }>();
  /** Statistics by their index, [M, width, 1]. */
  readonly #moved = new Map<number, Tensor3D>();
  #dropouts = 0;

  constructor(tf: TensorFlow, graph: NetworkGraph, tensors: NetworkTensors, batch: InputTensors, training: Training) {
    this.#tf = tf;
    this.#graph = graph;
    this.#tensors = tensors;
    this.#batch = batch;
    this.#training = training;
  }

  pass(): ForwardPass {
    for (const [index, node] of this.#graph.nodes.entries()) this.#features.push(this.#featuresOf(node, index));
    const heads = this.#graph.heads.map((head) => {
      const done = this.#linear(head, head.outputs);
      return { ...done, sums: transposedProduct(this.#tf, done.weights, done.inputs) };
    });
    const moved = this.#graph.statistics.map((_, i) => this.#moved.get(i)).filter((tensor) => tensor !== undefined);
    return {
      layers: this.#layers,
      heads,
      statistics:
        moved.length === 0
          ? undefined
          : this.#tf.concat2d(
              moved.map((part) => this.#tf.reshape(part, part.shape.slice(0, 2) as [number, number])),
              1,
            ),
    };
  }

  #featuresOf(node: GraphNode, index: number): Tensor3D {
    const tf = this.#tf;
    switch (node.op) {
      case 'continuous':
        return this.#batch.continuous!;
      case 'embedding': {
        const table = parameter(tf, this.#graph, this.#tensors.parameters, node.table, [node.cardinality, node.width]);
        return transposedProduct(tf, table, this.#batch.oneHot[node.column]!);
      }
      case 'select':
        return stackRows(
          tf,
          node.slices.map(({ node: from, from: start, to }) => rows(tf, this.#features[from]!, start, to)),
        );
      case 'sum':
        return tf.add(
          this.#features[node.added]!,
          stackRows(
            tf,
            node.inputs.map((from) => this.#features[from]!),
          ),
        );
      case 'layer': {
        const done = this.#linear(node, node.width);
        let z = transposedProduct(tf, done.weights, done.inputs);
        const steps: DoneStep[] = [];
        for (const step of node.steps) {
          const taken = this.#take(step, z, node.width);
          z = taken.outputs;
          if (taken.done !== undefined) steps.push(taken.done);
        }
        this.#layers.set(index, { ...done, steps });
        return z;
      }
    }
  }

  #take(step: Step, z: Tensor3D, width: number): { readonly outputs: Tensor3D; readonly done?: DoneStep | undefined } {
    const tf = this.#tf;
    switch (step.kind) {
      case 'activation':
        return activated(tf, step.activation, z, this.#training !== undefined);
      case 'prelu': {
        const a = parameter(tf, this.#graph, this.#tensors.parameters, step.slope, [1, 1]);
        const negative = tf.minimum<Tensor3D>(z, 0);
        const isPositive = tf.step<Tensor3D>(z);
        const slope = tf.add<Tensor3D>(isPositive, tf.mul(a, tf.sub(1, isPositive)));
        const outputs = tf.add<Tensor3D>(tf.relu<Tensor3D>(z), tf.mul(a, negative));
        return { outputs, done: { kind: 'prelu', slope, negative, parameter: step.slope } };
      }
      case 'batchNorm':
        return this.#normalise(step, z, width);
      case 'dropout': {
        if (this.#training === undefined) return { outputs: z };
        const gain = this.#training.gains[this.#dropouts++]!;
        const { shift, dropped } = step;
        const kept = tf.mul<Tensor3D>(z, gain);
        const offset = tf.add<Tensor3D>(tf.mul(tf.step<Tensor3D>(gain), shift - dropped), dropped);
        const outputs = shift === 0 && dropped === 0 ? kept : tf.add<Tensor3D>(kept, offset);
        return { outputs, done: { kind: 'slope', slope: gain } };
      }
    }
  }

  #normalise(
    step: Extract<Step, { readonly kind: 'batchNorm' }>,
    z: Tensor3D,
    width: number,
  ): { readonly outputs: Tensor3D; readonly done: DoneStep } {
    const tf = this.#tf;
    const [scale, shift] = [step.scale, step.shift].map((index) =>
      parameter(tf, this.#graph, this.#tensors.parameters, index, [width, 1]),
    ) as [Tensor3D, Tensor3D];
    const [mean, variance] = [step.mean, step.variance].map((index) =>
      slice(tf, this.#graph.statistics, this.#tensors.statistics!, index, [width, 1]),
    ) as [Tensor3D, Tensor3D];
    const { momentum, epsilon } = BATCH_NORM;
    let [centre, spread] = [mean, variance];
    if (this.#training !== undefined) {
      centre = tf.mean<Tensor3D>(z, 2, true);
      spread = tf.mean<Tensor3D>(tf.square(tf.sub(z, centre)), 2, true);
      const [, , batchRows] = z.shape;
      const towards = (from: Tensor3D, to: Tensor3D): Tensor3D => tf.add(from, tf.mul(tf.sub(to, from), momentum));
      this.#moved.set(step.mean, towards(mean, centre));
      this.#moved.set(step.variance, towards(variance, tf.mul(spread, batchRows / (batchRows - 1))));
    }
    const inverse = tf.rsqrt<Tensor3D>(tf.add(spread, epsilon));
    const standard = tf.mul<Tensor3D>(tf.sub(z, centre), inverse);
    return {
      outputs: tf.add<Tensor3D>(tf.mul(standard, scale), shift),
      done: { kind: 'batchNorm', step, standard, factor: tf.mul(scale, inverse) },
    };
  }

  #linear({ inputs, fanIn, weight }: Linear, width: number): DoneLinear {
    const { parameters } = this.#tensors;
    return {
      inputs: stackRows(this.#tf, [...inputs.map((node) => this.#features[node]!), this.#batch.ones]),
      // The biases follow the weights.
      weights: parameter(this.#tf, this.#graph, parameters, weight, [fanIn + 1, width]),
    };
  }
}

function activated(
  tf: TensorFlow,
  activation: 'relu' | 'swish' | 'selu',
  z: Tensor3D,
  isTraining: boolean,
): { readonly outputs: Tensor3D; readonly done?: DoneStep | undefined } {
  const done = (slope: () => Tensor3D): DoneStep | undefined =>
    isTraining ? { kind: 'slope', slope: slope() } : undefined;
  switch (activation) {
    case 'relu':
      return { outputs: tf.relu<Tensor3D>(z), done: done(() => tf.step<Tensor3D>(z)) };
    case 'swish': {
      // With h = z sigmoid(z), the derivative is h + sigmoid(z) (1 - h).
      const gate = tf.sigmoid<Tensor3D>(z);
      const outputs = tf.mul<Tensor3D>(z, gate);
      return { outputs, done: done(() => tf.add<Tensor3D>(outputs, tf.mul<Tensor3D>(gate, tf.sub(1, outputs)))) };
    }
    case 'selu': {
      const fall = tf.mul<Tensor3D>(tf.exp<Tensor3D>(tf.minimum(z, 0)), SELU_LIMIT);
      const outputs = tf.add<Tensor3D>(tf.mul(tf.relu(z), SELU_SCALE), tf.sub(fall, SELU_LIMIT));
      const slope = (): Tensor3D => {
        const isPositive = tf.step<Tensor3D>(z);
        return tf.add(tf.mul(isPositive, SELU_SCALE), tf.mul(fall, tf.sub(1, isPositive)));
      };
      return { outputs, done: done(slope) };
    }
  }
}

const SELU_SCALE = 1.0507009873554805;
const SELU_LIMIT = 1.7580993408473766;

/** A parameter of every network in this shape, with what follows it if it is larger. */
function parameter(
  tf: TensorFlow,
  { parameters: shapes }: NetworkGraph,
  parameters: Tensor2D,
  index: number,
  shape: [number, number],
): Tensor3D {
  return slice(tf, shapes, parameters, index, shape);
}

function slice(
  tf: TensorFlow,
  shapes: readonly { readonly shape: readonly number[] }[],
  vectors: Tensor2D,
  index: number,
  shape: [number, number],
): Tensor3D {
  const start = shapes.slice(0, index).reduce((sum, part) => sum + sizeOf(part.shape), 0);
  const [members] = vectors.shape;
  return tf.reshape<Rank.R3>(tf.slice2d(vectors, [0, start], [members, sizeOf(shape)]), [members, ...shape]);
}

/** The transpose of `weights`, times `batch`, network by network. */
function transposedProduct(tf: TensorFlow, weights: Tensor3D, batch: Tensor3D): Tensor3D {
  if (!lacksBatchedProducts(tf)) return tf.matMul<Tensor3D>(weights, batch, true, false);
  // In this order, since the wasm backend repacks the right factor value by value, and the weights are the smaller.
  return turned(tf, tf.matMul<Tensor3D>(turned(tf, batch), weights));
}

/** `a` times the transpose of `b`. */
export function productTransposed(tf: TensorFlow, a: Tensor3D, b: Tensor3D): Tensor3D {
  if (!lacksBatchedProducts(tf)) return tf.matMul<Tensor3D>(a, b, false, true);
  return tf.matMul<Tensor3D>(a, turned(tf, b));
}

function turned(tf: TensorFlow, matrices: Tensor3D): Tensor3D {
  return tf.transpose(matrices, [0, 2, 1]);
}

/** The wasm backend's products of transposed or of several matrices are naive loops, ten times as slow as others. */
export function lacksBatchedProducts(tf: TensorFlow): boolean {
  return tf.getBackend() === 'wasm';
}

export function rows(tf: TensorFlow, matrices: Tensor3D, from: number, to: number): Tensor3D {
  const [members, , columns] = matrices.shape;
  return tf.slice3d(matrices, [0, from, 0], [members, to - from, columns]);
}

export function stackRows(tf: TensorFlow, blocks: readonly Tensor3D[]): Tensor3D {
  return tf.concat<Tensor3D>([...blocks], 1);
}
