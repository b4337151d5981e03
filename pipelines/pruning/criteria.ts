/**
 * What is pruned next. As torch.nn.utils.prune does (and arXiv:2004.13770 describes), a criterion takes away a share of
 * what earlier ones have left, and masks compose: what is pruned once stays pruned.
 *
 * Only connections between inputs and hidden neurons are pruned, the matrices `*.weight`. Embeddings stay, the few
 * weights of the output, and biases except for those of pruned neurons.
 */
import { DataError, type Random, type Tensors, tensor } from 'restage';
import type { Masks, Weights } from 'restage/ml';
import { z } from 'zod';

/**
 * - `global`: the smallest |w| of the whole network (`global_unstructured` with `L1Unstructured`)
 * - `layer`: the smallest |w| of each matrix (`l1_unstructured`)
 * - `random`: any connections of the whole network (`global_unstructured` with `RandomUnstructured`)
 * - `neuron`: of each hidden layer the neurons whose incoming weights have the smallest Euclidean norm
 * (`ln_structured`, n = 2),
 *   with their biases, so that a pruned neuron of a `swish` or `relu` layer gives exactly 0
 */
export const criterion = z.enum(['global', 'layer', 'random', 'neuron']);
export type Criterion = z.output<typeof criterion>;

/** The masks of a network of which nothing is pruned. */
export function wholeMasks(weights: Weights): Masks {
  return Object.fromEntries(
    Object.entries(weights).map(([name, { shape, data }]) => [
      name,
      tensor([...shape], new Uint8Array(data.length).fill(1)),
    ]),
  );
}

/**
 * New masks, with `share` of what is left pruned as well, rounded to the nearest number of connections or neurons.
 *
 * @param share above 0 and below 1
 * @throws DataError if a layer would lose all its connections
 */
export function pruned(
  weights: Weights,
  masks: Tensors,
  { criterion: by, share, random }: { readonly criterion: Criterion; readonly share: number; readonly random: Random },
): Masks {
  const next = Object.fromEntries(
    Object.entries(masks).map(([name, { shape, data }]) => [
      name,
      tensor([...shape], Uint8Array.from(data as Uint8Array)),
    ]),
  );
  const matrices = Object.keys(weights).filter(isPrunable);
  const left = matrices.flatMap((name) => remaining(name, next[name]!.data));
  const magnitude = ({ name, at }: Connection): number => Math.abs(weights[name]!.data[at]!);
  switch (by) {
    case 'global':
      cut(next, smallest(left, magnitude, share));
      break;
    case 'layer':
      for (const name of matrices)
        cut(
          next,
          smallest(
            left.filter((connection) => connection.name === name),
            magnitude,
            share,
          ),
        );
      break;
    case 'random':
      cut(next, random.shuffle([...left]).slice(0, Math.round(share * left.length)));
      break;
    case 'neuron':
      for (const name of matrices) cutNeurons(next, weights, name, share);
  }
  const empty = matrices.find((name) => !next[name]!.data.includes(1));
  if (empty !== undefined)
    throw new DataError(
      `Pruning ${share} of what is left by "${by}" leaves no connection in ${empty}; prune a smaller share, or fewer times.`,
    );
  return next;
}

/** One weight of a matrix. */
interface Connection {
  readonly name: string;
  readonly at: number;
}

function remaining(name: string, mask: ArrayLike<number>): Connection[] {
  const left: Connection[] = [];
  for (let at = 0; at < mask.length; at++) if (mask[at] === 1) left.push({ name, at });
  return left;
}

/** The first of equal ones come first, so that the result has one meaning. */
function smallest<T>(items: readonly T[], size: (item: T) => number, share: number): readonly T[] {
  return items.toSorted((a, b) => size(a) - size(b)).slice(0, Math.round(share * items.length));
}

function cut(masks: Record<string, { readonly data: Uint8Array }>, connections: readonly Connection[]): void {
  for (const { name, at } of connections) masks[name]!.data[at] = 0;
}

/** A matrix is [inputs, neurons]: a neuron is a column. */
function cutNeurons(
  masks: Record<string, { readonly data: Uint8Array }>,
  weights: Weights,
  name: string,
  share: number,
): void {
  const { shape, data } = weights[name]!;
  const [inputs, neurons] = shape as [number, number];
  const mask = masks[name]!.data;
  const isAlive = (neuron: number): boolean => {
    for (let i = 0; i < inputs; i++) if (mask[i * neurons + neuron] === 1) return true;
    return false;
  };
  const squaredNorm = (neuron: number): number => {
    let sum = 0;
    for (let i = 0; i < inputs; i++) {
      const at = i * neurons + neuron;
      sum += mask[at]! * data[at]! * data[at]!;
    }
    return sum;
  };
  const alive = Array.from({ length: neurons }, (_, neuron) => neuron).filter(isAlive);
  const bias = masks[name.replace(/weight$/, 'bias')]!.data;
  for (const neuron of smallest(alive, squaredNorm, share)) {
    for (let i = 0; i < inputs; i++) mask[i * neurons + neuron] = 0;
    bias[neuron] = 0;
  }
}

function isPrunable(name: string): boolean {
  return name.endsWith('.weight') && !/^(output|head)\./.test(name);
}

/** How many connections can be pruned, and how many of them are left. */
export interface Connections {
  readonly all: number;
  readonly left: number;
}

export function connectionsOf(masks: Tensors): Connections {
  let all = 0;
  let left = 0;
  for (const [name, { data }] of Object.entries(masks)) {
    if (!isPrunable(name)) continue;
    all += data.length;
    for (let at = 0; at < data.length; at++) left += Number(data[at]);
  }
  return { all, left };
}

/**
 * How alike the connections of two pruned networks are: those that both have, of those that either has (Jaccard), as
 * arXiv:2001.05050 compares them; and what it would be if each had chosen as many at random.
 *
 * @throws DataError if they are not masks of networks of one shape
 */
export function similarity(some: Tensors, others: Tensors): { readonly jaccard: number; readonly byChance: number } {
  let both = 0;
  let either = 0;
  for (const [name, { data }] of Object.entries(some)) {
    if (!isPrunable(name)) continue;
    const other = others[name]?.data;
    if (other?.length !== data.length)
      throw new DataError(
        `The masks of ${name} belong to networks of different shapes; compare networks of one shape.`,
      );
    for (let at = 0; at < data.length; at++) {
      both += Number(data[at]) & Number(other[at]);
      either += Number(data[at]) | Number(other[at]);
    }
  }
  const { all, left } = connectionsOf(some);
  const p = left / all;
  const q = connectionsOf(others).left / all;
  return { jaccard: both / either, byChance: (p * q) / (p + q - p * q) };
}
