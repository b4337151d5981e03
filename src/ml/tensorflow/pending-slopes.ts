/**
 * Derivatives by features on the way back through a graph. They come for several nodes at once and are taken apart only
 * where one node is needed, so that in a dense block each layer adds to those of all earlier ones in one operation.
 */
import type { Tensor3D } from '@tensorflow/tfjs-core';
import type { NetworkGraph } from '../network/graph.ts';
import type { TensorFlow } from './backend.ts';
import { rows } from './network.ts';

interface Pending {
  readonly nodes: readonly number[];
  /** [M, features of the nodes, B]. */
  readonly by: Tensor3D;
}

export class PendingSlopes {
  readonly #tf: TensorFlow;
  readonly #graph: NetworkGraph;
  #pending: readonly Pending[] = [];

  constructor(tf: TensorFlow, graph: NetworkGraph) {
    this.#tf = tf;
    this.#graph = graph;
  }

  /** Adds to the derivatives by these nodes' features, one after another. */
  add(nodes: readonly number[], by: Tensor3D): void {
    const same = this.#pending.find((other) => other.nodes.join() === nodes.join());
    const sum = same === undefined ? by : this.#tf.add<Tensor3D>(by, same.by);
    this.#pending = [...this.#pending.filter((other) => other !== same), { nodes, by: sum }];
  }

  /** The derivatives by a node's features; undefined if there are none. Nothing may be added to them afterwards. */
  take(node: number): Tensor3D | undefined {
    const [tf, found] = [this.#tf, [] as Tensor3D[]];
    this.#pending = this.#pending.flatMap(({ nodes, by }): readonly Pending[] => {
      let from = 0;
      for (const other of nodes) {
        const end = from + this.#graph.nodes[other]!.width;
        if (other === node) found.push(nodes.length === 1 ? by : rows(tf, by, from, end));
        from = end;
      }
      if (nodes[0] !== node) return [{ nodes, by }];
      const width = this.#graph.nodes[node]!.width;
      return nodes.length === 1 ? [] : [{ nodes: nodes.slice(1), by: rows(tf, by, width, from) }];
    });
    return found.length === 0 ? undefined : found.reduce((sum, by) => tf.add<Tensor3D>(sum, by));
  }
}
