/**
 * An ensemble as one value: its networks' weights under numbered names, and a manifest that says how much each one
 * counts.
 */
import type { Tensors } from 'restage';
import type { NetworkSpec, Weights } from 'restage/ml';

export interface Manifest {
  /** The shape of every network. */
  readonly network: NetworkSpec;
  readonly members: readonly Member[];
}

export interface Member {
  /** The fold that it was validated on. */
  readonly fold: number;
  /** The cycle at whose end it was taken, counted from 1; none: the best of its training. */
  readonly cycle?: number;
  readonly loss: number;
  /** How much its prediction counts; they add up to 1. */
  readonly coefficient: number;
}

/** Tensor `hidden.0.weight` of network 3 becomes `3/hidden.0.weight`. */
export function joined(networks: readonly Tensors[]): Tensors {
  return Object.fromEntries(
    networks.flatMap((network, n) => Object.entries(network).map(([name, tensor]) => [`${n}/${name}`, tensor])),
  );
}

/** Network `n` of a joined ensemble. */
export function member(networks: Tensors, n: number): Weights {
  const prefix = `${n}/`;
  const own = Object.entries(networks).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(own.map(([name, tensor]) => [name.slice(prefix.length), tensor])) as Weights;
}
