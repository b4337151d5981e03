/**
 * A network as a list of operations, which is what backends execute: each node gives so many features of a row from
 * those of earlier nodes. Layers take the features of several nodes in turn, so that there is no operation for
 * concatenation.
 */
import type { Activation } from './spec.ts';

/** Where an initial value comes from: one value, or draws of N(0, std^2). */
export type Initial = { readonly value: number } | { readonly std: number };

export interface GraphParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly initial: Initial;
}

/** z = W x + b, with x the features of `inputs` in turn. */
export interface Linear {
  /** Indices of nodes. */
  readonly inputs: readonly number[];
  /** The fan-in. */
  readonly fanIn: number;
  /** Indices of parameters: [fan-in, width] and [width]. */
  readonly weight: number;
  readonly bias: number;
}

/** What is done to the sums of a layer, number by number or feature by feature. Numbers are indices. */
export type Step =
  | { readonly kind: 'activation'; readonly activation: Exclude<Activation, 'prelu' | 'identity'> }
  /** `slope`: its parameter. */
  | { readonly kind: 'prelu'; readonly slope: number }
  /** `scale` and `shift` are parameters, `mean` and `variance` statistics. */
  | ({ readonly kind: 'batchNorm' } & Readonly<Record<'scale' | 'shift' | 'mean' | 'variance', number>>)
  /** A kept number x becomes gain x + shift, a dropped one `dropped`. */
  | ({ readonly kind: 'dropout' } & Readonly<Record<'rate' | 'gain' | 'shift' | 'dropped', number>>);

export type LayerNode = { readonly op: 'layer'; readonly steps: readonly Step[] } & Linear;

/** Consecutive features of a node. */
export interface Slice {
  readonly node: number;
  readonly from: number;
  readonly to: number;
}

export type Operation =
  | { readonly op: 'continuous' }
  /** `table` is its parameter, `column` the place of its code in a row. */
  | { readonly op: 'embedding'; readonly column: number; readonly table: number; readonly cardinality: number }
  /** The features of some slices, one after another. */
  | { readonly op: 'select'; readonly slices: readonly Slice[] }
  /** Those of `added` plus those of `inputs` in turn. */
  | { readonly op: 'sum'; readonly added: number; readonly inputs: readonly number[] }
  | LayerNode;

export type GraphNode = Operation & {
  /** How many features it gives. */
  readonly width: number;
  /** Whether the loss needs its derivative by them: a parameter comes before. */
  readonly learned: boolean;
};

export interface GraphHead extends Linear {
  readonly kind: 'sigmoid' | 'softmax' | 'linear';
  readonly outputs: number;
  /** The place of its first target in a row, and how many it has. */
  readonly target: number;
  readonly targets: number;
  /** What the loss of one output counts: the head's weight, divided by the outputs that a mean is over. */
  readonly factor: number;
}

export interface NetworkGraph {
  /** In an order in which each comes after those it takes. */
  readonly nodes: readonly GraphNode[];
  readonly heads: readonly GraphHead[];
  /** How many targets a row has. */
  readonly targets: number;
  readonly parameters: readonly GraphParameter[];
  readonly statistics: readonly GraphParameter[];
  /**
   * Nodes that layers take one after another, in that order: a memory that lays them out so saves copies. Each node is
   * in one group at most.
   */
  readonly groups: readonly (readonly number[])[];
}
