/**
 * Boosted trees for two classes: each tree takes a step down the weighted cross-entropy, by its first and second
 * derivatives (Friedman, Annals of Statistics 29 (2001) 1189; Chen and Guestrin, arXiv:1603.02754). The baseline that
 * networks have to beat.
 */
import { exp, log1p } from '../../core/numeric/elementary.ts';
import type { RandomStreams } from '../../core/identity/random.ts';
import { DataError } from '../../errors.ts';
import { pause } from '../training/pause.ts';
import { binned, edgesOf } from './bins.ts';
import { growTree, type GrowthOptions, type Tree } from './tree.ts';

/** Rows of columns, row-major, with what they are. */
export interface TreeData {
  readonly rows: number;
  /** [rows, columns]; no NaN. */
  readonly values: Float32Array;
  /** [rows]: 1 for signal, 0 for background. */
  readonly targets: ArrayLike<number>;
  /** [rows]: not negative. */
  readonly weights: ArrayLike<number>;
}

export interface BoostOptions extends GrowthOptions {
  /** Trees at most. */
  readonly rounds: number;
  /** Trees without a lower validation loss after which it stops. */
  readonly patience: number;
  /** Bins of a column at most, 2 to 256. */
  readonly bins: number;
  /** The share of rows that each tree sees, drawn from the stream `rows/<round>`; 1: all. */
  readonly rowFraction: number;
  readonly rng: RandomStreams;
  readonly validation: TreeData;
  /** Called after each tree with the validation loss; what it throws ends the training. */
  readonly onRound?: (round: number, loss: number) => void | Promise<void>;
  /** When aborted, the training ends by throwing the signal's reason. */
  readonly signal?: AbortSignal;
}

/** The trees up to the round with the lowest validation loss, and the loss after each round. */
export interface BoostedTrees {
  readonly trees: readonly Tree[];
  readonly bestLoss: number;
  readonly history: readonly number[];
}

/**
 * @throws DataError if there are no rows, or the values of a row are not finite
 * @throws the signal's reason when aborted
 */
export async function boostTrees(data: TreeData, options: BoostOptions): Promise<BoostedTrees> {
  const { rounds, patience, validation, rowFraction, rng } = options;
  checkData(data, 'the training events');
  checkData(validation, 'the validation events');
  const columns = Array.from({ length: data.values.length / data.rows }, (_, column) => columnOf(data, column));
  const edges = columns.map((column) => edgesOf(column, options.bins));
  const bins = columns.map((column, n) => binned(column, edges[n]!));
  const [gradient, hessian] = [new Float64Array(data.rows), new Float64Array(data.rows)];
  const logits = new Float64Array(data.rows);
  const validated = new Float64Array(validation.rows);
  const trees: Tree[] = [];
  const history: number[] = [];
  let best = 0;
  for (let round = 0; round < rounds && round - best <= patience; round++) {
    await pause(options.signal);
    const random = rowFraction < 1 ? rng(`rows/${round}`) : undefined;
    for (let row = 0; row < data.rows; row++) {
      const counts = random === undefined || random.uniform() < rowFraction;
      const p = sigmoid(logits[row]!);
      const weight = counts ? data.weights[row]! : 0;
      gradient[row] = weight * (p - data.targets[row]!);
      hessian[row] = weight * p * (1 - p);
    }
    const { tree, leafOf } = growTree({ bins, edges, gradient, hessian }, options);
    trees.push(tree);
    for (let row = 0; row < data.rows; row++) logits[row]! += tree.value[leafOf[row]!]!;
    addTree(tree, validation, validated);
    const loss = meanLoss(validation, validated);
    history.push(loss);
    if (loss < history[best]!) best = round;
    await options.onRound?.(round, loss);
  }
  return { trees: trees.slice(0, best + 1), bestLoss: history[best]!, history };
}

/** The probability of target 1 for each of the rows [rows, columns]. */
export function predictTrees(
  trees: readonly Tree[],
  { rows, values }: Pick<TreeData, 'rows' | 'values'>,
): Float32Array {
  const logits = new Float64Array(rows);
  for (const tree of trees) addTree(tree, { rows, values }, logits);
  return Float32Array.from(logits, sigmoid);
}

function addTree(tree: Tree, { rows, values }: Pick<TreeData, 'rows' | 'values'>, logits: Float64Array): void {
  const { feature, threshold, left, right, value } = tree;
  const width = values.length / rows;
  for (let row = 0; row < rows; row++) {
    let node = 0;
    while (feature[node]! >= 0)
      node = values[row * width + feature[node]!]! <= threshold[node]! ? left[node]! : right[node]!;
    logits[row]! += value[node]!;
  }
}

/** (1 / rows) sum of w [softplus(z) - y z], as that of networks. */
function meanLoss({ rows, targets, weights }: TreeData, logits: Float64Array): number {
  let sum = 0;
  for (let row = 0; row < rows; row++) {
    const z = logits[row]!;
    sum += weights[row]! * (Math.max(z, 0) + log1p(exp(-Math.abs(z))) - targets[row]! * z);
  }
  return sum / rows;
}

function sigmoid(z: number): number {
  const power = exp(-Math.abs(z));
  return (z >= 0 ? 1 : power) / (1 + power);
}

function columnOf({ rows, values }: TreeData, column: number): Float32Array {
  const width = values.length / rows;
  return Float32Array.from({ length: rows }, (_, row) => values[row * width + column]!);
}

function checkData({ rows, values, targets, weights }: TreeData, what: string): void {
  if (rows === 0 || values.length % rows !== 0 || targets.length !== rows || weights.length !== rows)
    throw new DataError(
      `Boosted trees need rows, whole ones, and as many targets and weights; ${what} are ${rows} rows of ${values.length} values, ${targets.length} targets and ${weights.length} weights.`,
    );
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad !== -1)
    throw new DataError(
      `Row ${Math.floor((bad * rows) / values.length)} of ${what} has the value ${values[bad]!}; replace missing values.`,
    );
}
