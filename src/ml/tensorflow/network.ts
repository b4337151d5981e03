/**
 * The network on TensorFlow.js: one forward pass over its graph, written by hand over operations; backward.ts goes back.
 *
 * Everything is feature-major, [features, rows], so that concatenation, and taking it apart again, moves whole blocks. A last
 * row of ones makes each bias the last row of its weight matrix. No automatic gradients: tfjs-core alone has none in Node,
 * and the wasm backend lacks the one of a look-up.
 */
import type { Rank, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';
import { BATCH_NORM } from '../network/batch-norm.ts';
import type { GraphNode, Linear, NetworkGraph, Step } from '../network/graph.ts';
import { sizeOf } from '../network/network.ts';
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

/** What a network knows, as flat vectors. */
export interface NetworkTensors {
  readonly parameters: Tensor1D;
  /** Undefined if it has none. */
  readonly statistics: Tensor1D | undefined;
}

/** A step of a layer with what the way back needs of it, [width, B] unless said. */
export type DoneStep =
  | { readonly kind: 'slope'; readonly slope: Tensor2D }
  | { readonly kind: 'prelu'; readonly slope: Tensor2D; readonly negative: Tensor2D; readonly parameter: number }
  | {
      readonly kind: 'batchNorm';
      readonly step: Extract<Step, { readonly kind: 'batchNorm' }>;
      readonly standard: Tensor2D;
      /** scale / sqrt(variance + epsilon): [width, 1]. */
      readonly factor: Tensor2D;
    };

/** What a layer or head was computed from. */
export interface DoneLinear {
  /** [fan-in + 1, B]: the features that it took, and ones. */
  readonly inputs: Tensor2D;
  /** [fan-in + 1, width]: its weights, with the biases as the last row. */
  readonly weights: Tensor2D;
}

export interface ForwardPass {
  /** By node, of layers. */
  readonly layers: ReadonlyMap<number, DoneLinear & { readonly steps: readonly DoneStep[] }>;
  /** By head, with its sums [outputs, B]. */
  readonly heads: readonly (DoneLinear & { readonly sums: Tensor2D })[];
  /** The statistics after this batch, if it is one of training. */
  readonly statistics: Tensor1D | undefined;
}

/** How a network is used: in training with the gains of each dropout, [width, B], in their order; else undefined. */
export type Training = { readonly gains: readonly Tensor2D[] } | undefined;

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
  readonly #features: Tensor2D[] = [];
  readonly #layers = new Map<number, DoneLinear & { readonly steps: readonly DoneStep[] }>();
  /** Statistics by their index, [width, 1]. */
  readonly #moved = new Map<number, Tensor2D>();
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
        moved.length === 0 ? undefined : this.#tf.concat1d(moved.map((part) => this.#tf.reshape(part, [part.size]))),
    };
  }

  #featuresOf(node: GraphNode, index: number): Tensor2D {
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

  #take(step: Step, z: Tensor2D, width: number): { readonly outputs: Tensor2D; readonly done?: DoneStep | undefined } {
    const tf = this.#tf;
    switch (step.kind) {
      case 'activation':
        return activated(tf, step.activation, z, this.#training !== undefined);
      case 'prelu': {
        const a = parameter(tf, this.#graph, this.#tensors.parameters, step.slope, [1, 1]);
        const negative = tf.minimum<Tensor2D>(z, 0);
        const isPositive = tf.step<Tensor2D>(z);
        const slope = tf.add<Tensor2D>(isPositive, tf.mul(a, tf.sub(1, isPositive)));
        const outputs = tf.add<Tensor2D>(tf.relu<Tensor2D>(z), tf.mul(a, negative));
        return { outputs, done: { kind: 'prelu', slope, negative, parameter: step.slope } };
      }
      case 'batchNorm':
        return this.#normalise(step, z, width);
      case 'dropout': {
        if (this.#training === undefined) return { outputs: z };
        const gain = this.#training.gains[this.#dropouts++]!;
        const { shift, dropped } = step;
        const kept = tf.mul<Tensor2D>(z, gain);
        const offset = tf.add<Tensor2D>(tf.mul(tf.step<Tensor2D>(gain), shift - dropped), dropped);
        const outputs = shift === 0 && dropped === 0 ? kept : tf.add<Tensor2D>(kept, offset);
        return { outputs, done: { kind: 'slope', slope: gain } };
      }
    }
  }

  #normalise(
    step: Extract<Step, { readonly kind: 'batchNorm' }>,
    z: Tensor2D,
    width: number,
  ): { readonly outputs: Tensor2D; readonly done: DoneStep } {
    const tf = this.#tf;
    const [scale, shift] = [step.scale, step.shift].map((index) =>
      parameter(tf, this.#graph, this.#tensors.parameters, index, [width, 1]),
    ) as [Tensor2D, Tensor2D];
    const [mean, variance] = [step.mean, step.variance].map((index) =>
      slice(tf, this.#graph.statistics, this.#tensors.statistics!, index, [width, 1]),
    ) as [Tensor2D, Tensor2D];
    const { momentum, epsilon } = BATCH_NORM;
    let [centre, spread] = [mean, variance];
    if (this.#training !== undefined) {
      centre = tf.mean<Tensor2D>(z, 1, true);
      spread = tf.mean<Tensor2D>(tf.square(tf.sub(z, centre)), 1, true);
      const [, batchRows] = z.shape;
      const towards = (from: Tensor2D, to: Tensor2D): Tensor2D => tf.add(from, tf.mul(tf.sub(to, from), momentum));
      this.#moved.set(step.mean, towards(mean, centre));
      this.#moved.set(step.variance, towards(variance, tf.mul(spread, batchRows / (batchRows - 1))));
    }
    const inverse = tf.rsqrt<Tensor2D>(tf.add(spread, epsilon));
    const standard = tf.mul<Tensor2D>(tf.sub(z, centre), inverse);
    return {
      outputs: tf.add<Tensor2D>(tf.mul(standard, scale), shift),
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
  z: Tensor2D,
  isTraining: boolean,
): { readonly outputs: Tensor2D; readonly done?: DoneStep | undefined } {
  const done = (slope: () => Tensor2D): DoneStep | undefined =>
    isTraining ? { kind: 'slope', slope: slope() } : undefined;
  switch (activation) {
    case 'relu':
      return { outputs: tf.relu<Tensor2D>(z), done: done(() => tf.step<Tensor2D>(z)) };
    case 'swish': {
      // With h = z sigmoid(z), the derivative is h + sigmoid(z) (1 - h).
      const gate = tf.sigmoid<Tensor2D>(z);
      const outputs = tf.mul<Tensor2D>(z, gate);
      return { outputs, done: done(() => tf.add<Tensor2D>(outputs, tf.mul<Tensor2D>(gate, tf.sub(1, outputs)))) };
    }
    case 'selu': {
      const fall = tf.mul<Tensor2D>(tf.exp<Tensor2D>(tf.minimum(z, 0)), SELU_LIMIT);
      const outputs = tf.add<Tensor2D>(tf.mul(tf.relu(z), SELU_SCALE), tf.sub(fall, SELU_LIMIT));
      const slope = (): Tensor2D => {
        const isPositive = tf.step<Tensor2D>(z);
        return tf.add(tf.mul(isPositive, SELU_SCALE), tf.mul(fall, tf.sub(1, isPositive)));
      };
      return { outputs, done: done(slope) };
    }
  }
}

const SELU_SCALE = 1.0507009873554805;
const SELU_LIMIT = 1.7580993408473766;

/** A parameter in this shape, with what follows it if it is larger. */
function parameter(
  tf: TensorFlow,
  { parameters: shapes }: NetworkGraph,
  parameters: Tensor1D,
  index: number,
  shape: [number, number],
): Tensor2D {
  return slice(tf, shapes, parameters, index, shape);
}

function slice(
  tf: TensorFlow,
  shapes: readonly { readonly shape: readonly number[] }[],
  vector: Tensor1D,
  index: number,
  shape: [number, number],
): Tensor2D {
  const start = shapes.slice(0, index).reduce((sum, part) => sum + sizeOf(part.shape), 0);
  return tf.reshape<Rank.R2>(tf.slice1d(vector, start, sizeOf(shape)), shape);
}

/** The transpose of `weights`, times `batch`. */
function transposedProduct(tf: TensorFlow, weights: Tensor2D, batch: Tensor2D): Tensor2D {
  if (!lacksTransposedProducts(tf)) return tf.matMul<Tensor2D>(weights, batch, true, false);
  // In this order, since the wasm backend repacks the right factor value by value, and the weights are the smaller.
  return tf.transpose(tf.matMul<Tensor2D>(tf.transpose<Tensor2D>(batch), weights));
}

/** `a` times the transpose of `b`. */
export function productTransposed(tf: TensorFlow, a: Tensor2D, b: Tensor2D): Tensor2D {
  if (!lacksTransposedProducts(tf)) return tf.matMul<Tensor2D>(a, b, false, true);
  return tf.matMul<Tensor2D>(a, tf.transpose<Tensor2D>(b));
}

/** The wasm backend's own transposed products are naive loops, ten times as slow as transposing first. */
function lacksTransposedProducts(tf: TensorFlow): boolean {
  return tf.getBackend() === 'wasm';
}

export function rows(tf: TensorFlow, matrix: Tensor2D, from: number, to: number): Tensor2D {
  return tf.slice2d(matrix, [from, 0], [to - from, matrix.shape[1]]);
}

export function stackRows(tf: TensorFlow, blocks: readonly Tensor2D[]): Tensor2D {
  return tf.concat<Tensor2D>([...blocks], 0);
}
