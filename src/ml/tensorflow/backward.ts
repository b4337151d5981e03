/** The gradient on TensorFlow.js: from the heads back through the graph, in its reverse order. */
import type { Tensor, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core';
import type { GraphHead, GraphNode, Linear, NetworkGraph } from '../network/graph.ts';
import { sizeOf } from '../network/network.ts';
import type { TensorFlow } from './backend.ts';
import {
  type DoneLinear,
  type DoneStep,
  type ForwardPass,
  forward,
  type InputTensors,
  type NetworkTensors,
  productTransposed,
  rows,
  type Training,
} from './network.ts';
import { PendingSlopes } from './pending-slopes.ts';

/** For each of M networks a batch of B rows to learn from. */
export interface BatchTensors extends InputTensors {
  /** By head: [M, targets, B]; for a softmax [M, classes, B], 1 for the row's class. */
  readonly targets: readonly Tensor3D[];
  /** [M, 1, B]: weight / B. */
  readonly weights: Tensor3D;
}

export interface GradientTensors {
  /** [M, parameters], in their order. */
  readonly gradient: Tensor2D;
  /** The statistics after this batch, if the network has any. */
  readonly statistics: Tensor2D | undefined;
}

/** The gradients of the losses of a batch. Call it in a `tf.tidy`. */
export function gradient(
  tf: TensorFlow,
  graph: NetworkGraph,
  tensors: NetworkTensors,
  batch: BatchTensors,
  training: NonNullable<Training>,
): GradientTensors {
  const pass = forward(tf, graph, tensors, batch, training);
  return {
    gradient: new Backward(tf, graph, batch, pass).gradient(),
    statistics: pass.statistics,
  };
}

class Backward {
  readonly #tf: TensorFlow;
  readonly #graph: NetworkGraph;
  readonly #batch: BatchTensors;
  readonly #pass: ForwardPass;
  readonly #slopes: PendingSlopes;
  /** The derivatives by a parameter, by its index; those of a weight matrix end with its biases'. */
  readonly #byParameter = new Map<number, Tensor>();

  constructor(tf: TensorFlow, graph: NetworkGraph, batch: BatchTensors, pass: ForwardPass) {
    this.#tf = tf;
    this.#graph = graph;
    this.#batch = batch;
    this.#pass = pass;
    this.#slopes = new PendingSlopes(tf, graph);
  }

  gradient(): Tensor2D {
    const tf = this.#tf;
    const { nodes, heads, parameters } = this.#graph;
    const [members] = this.#batch.weights.shape;
    for (const [i, head] of heads.entries()) {
      const done = this.#pass.heads[i]!;
      this.#throughLinear(head, done, this.#lossSlope(head, done.sums, this.#batch.targets[i]!));
    }
    for (let index = nodes.length - 1; index >= 0; index--) this.#throughNode(nodes[index]!, index);
    const parts = parameters.flatMap(({ name, shape }, index) => {
      const found = this.#byParameter.get(index);
      if (found !== undefined) return [tf.reshape<Tensor2D['rankType']>(found, [members, found.size / members])];
      // What no head sees has no derivative; biases come with their weights.
      return name.endsWith('.bias') ? [] : [tf.zeros<Tensor2D['rankType']>([members, sizeOf(shape)])];
    });
    return tf.concat2d(parts, 1);
  }

  /** The derivative by a head's sums. */
  #lossSlope({ kind, factor }: GraphHead, sums: Tensor3D, targets: Tensor3D): Tensor3D {
    const tf = this.#tf;
    const weights = factor === 1 ? this.#batch.weights : tf.mul<Tensor3D>(this.#batch.weights, factor);
    switch (kind) {
      case 'sigmoid':
        return tf.mul<Tensor3D>(tf.sub(tf.sigmoid(sums), targets), weights);
      case 'softmax': {
        const powers = tf.exp<Tensor3D>(tf.sub(sums, tf.max(sums, 1, true)));
        return tf.mul<Tensor3D>(tf.sub(tf.div(powers, tf.sum(powers, 1, true)), targets), weights);
      }
      case 'linear':
        return tf.mul<Tensor3D>(tf.mul(tf.sub(sums, targets), 2), weights);
    }
  }

  #throughNode(node: GraphNode, index: number): void {
    if (node.op === 'continuous' || !node.learned) return;
    const slopes = this.#slopes.take(index);
    if (slopes === undefined) return;
    const tf = this.#tf;
    switch (node.op) {
      case 'embedding':
        this.#byParameter.set(node.table, productTransposed(tf, this.#batch.oneHot[node.column]!, slopes));
        return;
      case 'select':
        this.#handOn(
          node.slices.map(({ node: to, from, to: end }) => ({ to, count: end - from })),
          slopes,
        );
        return;
      case 'sum':
        this.#slopes.add([node.added], slopes);
        this.#handOn(
          node.inputs.map((to) => ({ to, count: this.#graph.nodes[to]!.width })),
          slopes,
        );
        return;
      case 'layer': {
        const done = this.#pass.layers.get(index)!;
        const byZ = done.steps.toReversed().reduce((by, step) => this.#throughStep(step, by), slopes);
        this.#throughLinear(node, done, byZ);
      }
    }
  }

  /** Hands consecutive rows on, each to all features of a node if that is learned. */
  #handOn(parts: readonly { readonly to: number; readonly count: number }[], slopes: Tensor3D): void {
    let from = 0;
    for (const { to, count } of parts) {
      if (this.#graph.nodes[to]!.learned) this.#slopes.add([to], rows(this.#tf, slopes, from, from + count));
      from += count;
    }
  }

  #throughStep(done: DoneStep, by: Tensor3D): Tensor3D {
    const tf = this.#tf;
    switch (done.kind) {
      case 'slope':
        return tf.mul<Tensor3D>(by, done.slope);
      case 'prelu':
        this.#byParameter.set(done.parameter, tf.sum(tf.mul(by, done.negative), [1, 2]));
        return tf.mul<Tensor3D>(by, done.slope);
      case 'batchNorm': {
        const { step, standard, factor } = done;
        const products = tf.mul<Tensor3D>(by, standard);
        this.#byParameter.set(step.scale, tf.sum(products, 2));
        this.#byParameter.set(step.shift, tf.sum(by, 2));
        const common = tf.add(tf.mean(by, 2, true), tf.mul(standard, tf.mean(products, 2, true)));
        return tf.mul<Tensor3D>(factor, tf.sub(by, common));
      }
    }
  }

  #throughLinear(linear: Linear, { inputs, weights }: DoneLinear, byZ: Tensor3D): void {
    const tf = this.#tf;
    const { nodes } = this.#graph;
    this.#byParameter.set(linear.weight, productTransposed(tf, inputs, byZ));
    const last = linear.inputs.findLastIndex((node) => nodes[node]!.learned);
    if (last === -1) return;
    const learned = linear.inputs.slice(0, last + 1);
    const count = learned.reduce((sum, node) => sum + nodes[node]!.width, 0);
    this.#slopes.add(learned, tf.matMul<Tensor3D>(rows(tf, weights, 0, count), byZ));
  }
}
