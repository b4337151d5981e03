/** Boosted trees beside the networks: what may be chosen, and the rows that they learn from and classify. */
import type { NetworkInputs, TrainingSet, TreeData } from 'restage/ml';
import { z } from 'zod';

/** The defaults are those of xgboost's demonstration on these data, with early stopping. */
export const treeParams = z.strictObject({
  /** Trees a fold, at most. */
  rounds: z.int().positive().default(400),
  /** Trees without a lower loss on the validation fold after which it stops. */
  patience: z.int().positive().default(30),
  depth: z.int().min(1).max(10).default(6),
  learningRate: z.number().positive().max(1).default(0.1),
  lambda: z.number().positive().default(1),
  minChildHessian: z.number().min(0).default(1),
  bins: z.int().min(2).max(256).default(256),
  /** The share of the events that each tree sees. */
  rowFraction: z.number().gt(0).max(1).default(0.8),
});

/** [rows, columns]: the continuous inputs, then the number of jets where that is a category, as one more number. */
export function treeRows({ rows, continuous, codes }: NetworkInputs): Pick<TreeData, 'rows' | 'values'> {
  if (codes.length === 0) return { rows, values: continuous };
  const width = continuous.length / rows;
  const values = new Float32Array(rows * (width + 1));
  for (let row = 0; row < rows; row++) {
    values.set(continuous.subarray(row * width, (row + 1) * width), row * (width + 1));
    values[row * (width + 1) + width] = codes[row]!;
  }
  return { rows, values };
}

/** The events of several folds as one. */
export function treeData(folds: readonly TrainingSet[]): TreeData {
  const parts = folds.map((fold) => ({ ...fold, ...treeRows(fold) }));
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.values.length, 0));
  const [targets, weights] = [new Uint8Array(rows), new Float32Array(rows)];
  let row = 0;
  for (const part of parts) {
    values.set(part.values, (row * values.length) / rows);
    targets.set(part.targets, row);
    weights.set(part.weights, row);
    row += part.rows;
  }
  return { rows, values, targets, weights };
}
