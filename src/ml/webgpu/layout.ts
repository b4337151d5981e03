/**
 * Where a network's numbers are on the device: its features, derivatives and batch in the rows of an arena, and what it
 * knows in its state. Features that a `select` chooses stay where they are; layers find what they take by lists of
 * arena rows.
 */
import type { GraphNode, NetworkGraph, Step } from '../network/graph.ts';
import { sizeOf } from '../network/network.ts';

/** A network's state: vectors of all parameters one after another, then its statistics. */
export interface StateLayout {
  /** How many parameters. They start at 0. */
  readonly parameters: number;
  readonly gradient: number;
  readonly first: number;
  readonly second: number;
  /** 1 for each parameter, or 0 where it is pruned. */
  readonly kept: number;
  readonly statistics: number;
  readonly size: number;
  /** Where each parameter is in a vector, and each statistic among them, by its index. */
  readonly parameterAt: readonly number[];
  readonly statisticAt: readonly number[];
}

export function layOutState({ parameters, statistics }: NetworkGraph): StateLayout {
  const [parameterAt, count] = offsets(parameters);
  const [statisticAt, statisticCount] = offsets(statistics);
  return {
    parameters: count,
    gradient: count,
    first: 2 * count,
    second: 3 * count,
    kept: 4 * count,
    statistics: 5 * count,
    size: 5 * count + statisticCount,
    parameterAt,
    statisticAt,
  };
}

/** A step of a layer with the arena rows in which it keeps what the way back needs; each list is consecutive. */
export interface PlacedStep {
  readonly step: Step;
  readonly kept: number;
  /** Of PReLU what its parameter is multiplied by, of batch norm its factors. */
  readonly aside: number;
  /** Of dropout: where its gains are in the feed of a network. */
  readonly gains: number;
}

export interface ArenaLayout {
  /** Rows of the batch that go through at once. */
  readonly rows: number;
  readonly arenaRows: number;
  readonly feedSize: number;
  /** By node the arena rows of its features; of all but selections consecutive. */
  readonly features: readonly (readonly number[])[];
  /** Of a feature's arena row the one of its derivative, if it is learned. */
  readonly slopes: ReadonlyMap<number, number>;
  /** By node, of layers. */
  readonly steps: ReadonlyMap<number, readonly PlacedStep[]>;
  /** By embedding. */
  readonly codes: readonly number[];
  /** The first of all targets. */
  readonly targets: number;
  readonly weights: number;
  /** By head, each the first of consecutive rows: sums, derivatives or results, and losses. */
  readonly heads: readonly { readonly sums: number; readonly results: number; readonly losses: number }[];
}

/**
 * @param rows of the batch that go through at once
 * @param isTraining whether there is a way back
 */
export function layOutArena(graph: NetworkGraph, embeddings: number, rows: number, isTraining: boolean): ArenaLayout {
  let next = 0;
  const take = (count: number): number => {
    const first = next;
    next += count;
    return first;
  };
  const features: (readonly number[])[] = [];
  const slopes = new Map<number, number>();
  const steps = new Map<number, readonly PlacedStep[]>();
  // The row numbers of the batch come first; in use, how many of them count.
  let feedSize = isTraining ? rows : rows + 1;
  for (const [index, node] of graph.nodes.entries()) {
    features.push(node.op === 'select' ? chosen(node, features) : range(take(node.width), node.width));
    if (node.op === 'layer' && isTraining) {
      const placed = node.steps.map((step): PlacedStep => {
        const kept = take(node.width);
        const gains = feedSize;
        if (step.kind === 'dropout') feedSize += Math.ceil(rows / 32) * 32 * node.width;
        return { step, kept, aside: take(asideRows(step, node.width, rows)), gains };
      });
      steps.set(index, placed);
    }
    if (node.learned && node.op !== 'select' && isTraining) {
      const first = take(node.width);
      for (const [i, row] of features[index]!.entries()) slopes.set(row, first + i);
    }
  }
  const codes = range(take(embeddings), embeddings);
  const targets = take(graph.targets);
  const weights = take(1);
  const heads = graph.heads.map(({ outputs }) => ({ sums: take(outputs), results: take(outputs), losses: take(1) }));
  return { rows, arenaRows: next, feedSize, features, slopes, steps, codes, targets, weights, heads };
}

function asideRows(step: Step, width: number, rows: number): number {
  switch (step.kind) {
    case 'prelu':
      return width;
    case 'batchNorm':
      return Math.ceil(width / rows);
    case 'activation':
    case 'dropout':
      return 0;
  }
}

function chosen(
  { slices }: Extract<GraphNode, { readonly op: 'select' }>,
  features: readonly (readonly number[])[],
): readonly number[] {
  return slices.flatMap(({ node, from, to }) => features[node]!.slice(from, to));
}

function range(first: number, count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => first + i);
}

function offsets(parts: NetworkGraph['parameters']): readonly [readonly number[], number] {
  let next = 0;
  const starts = parts.map(({ shape }) => {
    const start = next;
    next += sizeOf(shape);
    return start;
  });
  return [starts, next];
}
