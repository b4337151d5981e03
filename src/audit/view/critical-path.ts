/**
 * The critical path of a graph of work, and what each of its nodes could give: how much sooner everything ends, with as
 * many workers as it takes, if that node took no time.
 */

export interface Work {
  /** Seconds that each node takes, none of them negative. */
  readonly seconds: readonly number[];
  /** For each node, the nodes that it waits for: all of them are earlier in the list. */
  readonly inputs: readonly (readonly number[])[];
}

export interface CriticalNode {
  readonly index: number;
  readonly seconds: number;
  /**
   * Seconds by which the path gets shorter if the node takes none: less than it takes where another path is nearly as
   * long.
   */
  readonly potential: number;
}

export interface CriticalPath {
  readonly seconds: number;
  /** From the first to the last; nodes that take no time are left out. */
  readonly nodes: readonly CriticalNode[];
}

export function criticalPath(work: Work): CriticalPath {
  const { seconds, inputs } = work;
  const outputs = outputsOf(work);
  /** The longest path that ends with each node, and the longest that begins with it. */
  const heads: number[] = [];
  for (const [index, from] of inputs.entries()) heads.push(seconds[index]! + longest(from, heads));
  const tails = new Array<number>(seconds.length).fill(0);
  for (let index = seconds.length - 1; index >= 0; index--)
    tails[index] = seconds[index]! + longest(outputs[index]!, tails);
  const length = longest(tails.keys(), tails);
  const around = longestAround(inputs, outputs, heads, tails);
  const nodes = longestPath(outputs, tails)
    .filter((index) => seconds[index]! > 0)
    .map((index) => ({
      index,
      seconds: seconds[index]!,
      potential: Math.max(0, Math.min(seconds[index]!, length - around[index]!)),
    }));
  return { seconds: length, nodes };
}

function outputsOf({ inputs }: Work): readonly (readonly number[])[] {
  const outputs = inputs.map((): number[] => []);
  for (const [index, from] of inputs.entries()) for (const each of from) outputs[each]!.push(index);
  return outputs;
}

function longest(of: Iterable<number>, lengths: readonly number[]): number {
  let most = 0;
  for (const index of of) most = Math.max(most, lengths[index]!);
  return most;
}

function longestPath(outputs: readonly (readonly number[])[], tails: readonly number[]): readonly number[] {
  const path: number[] = [];
  let next = longestOf(tails.keys(), tails);
  while (next !== undefined) {
    path.push(next);
    next = longestOf(outputs[next]!, tails);
  }
  return path;
}

function longestOf(of: Iterable<number>, tails: readonly number[]): number | undefined {
  let best: number | undefined;
  for (const index of of) if (best === undefined || tails[index]! > tails[best]!) best = index;
  return best;
}

/**
 * For each node, the longest path that avoids it. Such a path jumps over the node's place in the order, by one edge, or
 * it begins after it or ends before it. The edges are taken from the one of the longest path down, and each place
 * belongs to the first edge that jumps over it.
 */
function longestAround(
  inputs: readonly (readonly number[])[],
  outputs: readonly (readonly number[])[],
  heads: readonly number[],
  tails: readonly number[],
): readonly number[] {
  const count = heads.length;
  const jumps: { readonly from: number; readonly to: number; readonly length: number }[] = [];
  for (const [index, from] of inputs.entries()) {
    if (from.length === 0) jumps.push({ from: -1, to: index, length: tails[index]! });
    for (const each of from) jumps.push({ from: each, to: index, length: heads[each]! + tails[index]! });
    if (outputs[index]!.length === 0) jumps.push({ from: index, to: count, length: heads[index]! });
  }
  jumps.sort((a, b) => b.length - a.length);
  const around = new Array<number>(count).fill(0);
  /** The next place, from each one on, that has no length yet. */
  const open = Array.from({ length: count + 1 }, (_, index) => index);
  for (const { from, to, length } of jumps)
    for (let at = nextOpen(open, from + 1); at < to; at = nextOpen(open, at)) {
      around[at] = length;
      open[at] = at + 1;
    }
  return around;
}

function nextOpen(open: number[], from: number): number {
  let root = from;
  while (open[root] !== root) root = open[root]!;
  for (let at = from; at !== root;) {
    const next = open[at]!;
    open[at] = root;
    at = next;
  }
  return root;
}
