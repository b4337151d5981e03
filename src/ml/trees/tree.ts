/** One regression tree, grown level by level on histograms of gradients (Chen and Guestrin, arXiv:1603.02754). */

/** A tree as arrays over its nodes, the root first. */
export interface Tree {
  /** The column that a node splits by; -1: a leaf. */
  readonly feature: readonly number[];
  /** A row with a value of at most this goes left. */
  readonly threshold: readonly number[];
  readonly left: readonly number[];
  readonly right: readonly number[];
  /** What a leaf adds to the logit. */
  readonly value: readonly number[];
}

export interface GrowthOptions {
  /** Levels of splits at most. */
  readonly depth: number;
  /** The lambda of the paper's eq. 2, which shrinks leaves of few rows. */
  readonly lambda: number;
  /** Least sum of second derivatives in a leaf. */
  readonly minChildHessian: number;
  /** What a leaf's value is multiplied by. */
  readonly learningRate: number;
}

/** What a tree is grown on; a row whose derivatives are both 0 does not count. */
export interface Derivatives {
  /** By column and row: the bin, and by column the bins' upper edges. */
  readonly bins: readonly Uint8Array[];
  readonly edges: readonly Float32Array[];
  /** First and second derivative of the loss by the logit. */
  readonly gradient: Float64Array;
  readonly hessian: Float64Array;
}

interface Split {
  readonly feature: number;
  readonly bin: number;
  readonly gain: number;
}

const BINS = 256;

/**
 * Grows a tree; of equal gains the first column and the lowest threshold win. @returns the tree, and each row's leaf
 */
export function growTree(
  data: Derivatives,
  options: GrowthOptions,
): { readonly tree: Tree; readonly leafOf: Int32Array } {
  const { bins, edges } = data;
  const rows = data.gradient.length;
  const tree = { feature: [-1], threshold: [0], left: [-1], right: [-1], value: [0] };
  const nodeOf = new Int32Array(rows);
  let level = [0];
  for (let depth = 0; level.length > 0; depth++) {
    const sums = sumsByNode(data, nodeOf, tree.feature.length);
    for (const node of level)
      tree.value[node] = (-options.learningRate * sums.gradient[node]!) / (sums.hessian[node]! + options.lambda);
    if (depth === options.depth) break;
    const splits = bestSplits(data, nodeOf, level, options);
    const next: number[] = [];
    for (const [at, node] of level.entries()) {
      const split = splits[at];
      if (split === undefined) continue;
      const left = tree.feature.length;
      tree.value[node] = 0;
      tree.feature[node] = split.feature;
      tree.threshold[node] = edges[split.feature]![split.bin]!;
      [tree.left[node], tree.right[node]] = [left, left + 1];
      for (const child of [left, left + 1]) {
        for (const [member, value] of [
          ['feature', -1],
          ['threshold', 0],
          ['left', -1],
          ['right', -1],
          ['value', 0],
        ] as const)
          tree[member][child] = value;
        next.push(child);
      }
    }
    const splitOf = new Map(level.map((node, at) => [node, splits[at]]));
    for (let row = 0; row < rows; row++) {
      const node = nodeOf[row]!;
      const split = splitOf.get(node);
      if (split !== undefined)
        nodeOf[row] = bins[split.feature]![row]! <= split.bin ? tree.left[node]! : tree.right[node]!;
    }
    level = next;
  }
  return { tree, leafOf: nodeOf };
}

function sumsByNode(
  { gradient, hessian }: Derivatives,
  nodeOf: Int32Array,
  nodes: number,
): { readonly gradient: Float64Array; readonly hessian: Float64Array } {
  const sums = { gradient: new Float64Array(nodes), hessian: new Float64Array(nodes) };
  for (let row = 0; row < nodeOf.length; row++) {
    sums.gradient[nodeOf[row]!]! += gradient[row]!;
    sums.hessian[nodeOf[row]!]! += hessian[row]!;
  }
  return sums;
}

/** The best split of each node of a level by the gain of the paper's eq. 7, undefined where none gains. */
function bestSplits(
  { bins, edges, gradient, hessian }: Derivatives,
  nodeOf: Int32Array,
  level: readonly number[],
  { lambda, minChildHessian }: GrowthOptions,
): readonly (Split | undefined)[] {
  const place = new Int32Array(Math.max(...level) + 1).fill(-1);
  for (const [at, node] of level.entries()) place[node] = at;
  const places = nodeOf.map((node) => place[node] ?? -1);
  const best: (Split | undefined)[] = level.map(() => undefined);
  const [gradients, hessians] = [new Float64Array(level.length * BINS), new Float64Array(level.length * BINS)];
  for (const [feature, column] of bins.entries()) {
    gradients.fill(0);
    hessians.fill(0);
    for (let row = 0; row < places.length; row++) {
      if (places[row]! < 0) continue;
      const cell = places[row]! * BINS + column[row]!;
      gradients[cell]! += gradient[row]!;
      hessians[cell]! += hessian[row]!;
    }
    for (const at of level.keys()) {
      const start = at * BINS;
      let [g, h] = [0, 0];
      for (let bin = 0; bin < BINS; bin++) {
        g += gradients[start + bin]!;
        h += hessians[start + bin]!;
      }
      let [left, leftHessian] = [0, 0];
      for (let bin = 0; bin < edges[feature]!.length; bin++) {
        left += gradients[start + bin]!;
        leftHessian += hessians[start + bin]!;
        const [right, rightHessian] = [g - left, h - leftHessian];
        if (leftHessian < minChildHessian || rightHessian < minChildHessian) continue;
        const gain =
          (left * left) / (leftHessian + lambda) + (right * right) / (rightHessian + lambda) - (g * g) / (h + lambda);
        // Rounding makes differences of sums that should be 0 a little more.
        if (gain > LEAST_GAIN && gain > (best[at]?.gain ?? 0)) best[at] = { feature, bin, gain };
      }
    }
  }
  return best;
}

const LEAST_GAIN = 1e-9;
