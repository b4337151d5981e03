import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { DataError } from '../../../src/errors.ts';
import { type BoostOptions, boostTrees, predictTrees, type TreeData } from '../../../src/ml/trees/boosted-trees.ts';
import { rocAuc } from '../../../src/ml/evaluation/metrics.ts';
import { streams } from '../samples.ts';

const OPTIONS = {
  rounds: 1,
  patience: 1000,
  depth: 1,
  lambda: 1,
  minChildHessian: 0,
  learningRate: 1,
  bins: 256,
  rowFraction: 1,
  rng: streams(1),
};

const fit = (data: TreeData, options: Partial<BoostOptions> = {}) =>
  boostTrees(data, { ...OPTIONS, validation: data, ...options });

/** The two classes on two circles around each other, which no single cut tells apart. */
function rings(rows: number, seed: number): TreeData {
  const random = streams(seed)('rings');
  const targets = Uint8Array.from({ length: rows }, () => random.integer(2));
  const values = new Float32Array(2 * rows);
  for (const [row, target] of targets.entries()) {
    const [angle, radius] = [2 * Math.PI * random.uniform(), 1 + target + 0.4 * random.normal()];
    values.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * row);
  }
  return { rows, values, targets, weights: new Float32Array(rows).fill(1) };
}

/**
 * Predictions of boosting whose trees of one split are found by comparing all of them, with the formulas of
 * arXiv:1603.02754.
 */
function exhaustive({ rows, values, targets, weights }: TreeData, rounds: number): number[] {
  const width = values.length / rows;
  const logits = new Array<number>(rows).fill(0);
  for (let round = 0; round < rounds; round++) {
    const p = logits.map((z) => 1 / (1 + Math.exp(-z)));
    const sums = (members: readonly number[]): [number, number] => [
      members.reduce((sum, row) => sum + weights[row]! * (p[row]! - targets[row]!), 0),
      members.reduce((sum, row) => sum + weights[row]! * p[row]! * (1 - p[row]!), 0),
    ];
    const score = ([g, h]: [number, number]): number => (g * g) / (h + 1);
    const all = Array.from({ length: rows }, (_, row) => row);
    let best = { gain: 1e-9, parts: [all] };
    for (let column = 0; column < width; column++)
      for (const edge of [...new Set(all.map((row) => values[row * width + column]!))].sort((a, b) => a - b)) {
        const left = all.filter((row) => values[row * width + column]! <= edge);
        const right = all.filter((row) => values[row * width + column]! > edge);
        if (right.length === 0) continue;
        const gain = score(sums(left)) + score(sums(right)) - score(sums(all));
        if (gain > best.gain + 1e-9) best = { gain, parts: [left, right] };
      }
    for (const part of best.parts) {
      const [g, h] = sums(part);
      for (const row of part) logits[row]! -= g / (h + 1);
    }
  }
  return logits.map((z) => 1 / (1 + Math.exp(-z)));
}

describe('boosted trees', () => {
  test('have the leaves that the formula gives: -G / (H + lambda)', async () => {
    const data = { rows: 4, values: Float32Array.of(1, 2, 3, 4), targets: [0, 0, 1, 1], weights: [1, 1, 1, 1] };
    const { trees, bestLoss } = await fit(data);
    // Gradients 1/2, 1/2, -1/2, -1/2 and hessians 1/4: leaves of -+ 1 / (1/2 + 1), loss ln(1 + exp(-2/3)).
    expect(trees).toEqual([
      { feature: [0, -1, -1], threshold: [2, 0, 0], left: [1, -1, -1], right: [2, -1, -1], value: [0, -2 / 3, 2 / 3] },
    ]);
    expect(bestLoss).toBeCloseTo(Math.log(1 + Math.exp(-2 / 3)), 12);
    expect(Array.from(predictTrees(trees, data))).toEqual(
      [-2 / 3, -2 / 3, 2 / 3, 2 / 3].map((z) => expect.closeTo(1 / (1 + Math.exp(-z)), 6) as number),
    );
  });

  test('are those that comparing all splits finds', async () => {
    const row = fc.record({
      x: fc.integer({ min: 0, max: 6 }),
      y: fc.integer({ min: 0, max: 6 }),
      target: fc.integer({ min: 0, max: 1 }),
      weight: fc.integer({ min: 1, max: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 2, maxLength: 25 }), async (drawn) => {
        const data = {
          rows: drawn.length,
          values: Float32Array.from(drawn.flatMap(({ x, y }) => [x, y])),
          targets: drawn.map(({ target }) => target),
          weights: drawn.map(({ weight }) => weight),
        };
        const { history } = await fit(data, { rounds: 2 });
        const found = exhaustive(data, 2);
        const loss = found.reduce(
          (sum, p, n) => sum - data.weights[n]! * Math.log(data.targets[n] === 1 ? p : 1 - p),
          0,
        );
        expect(history.at(-1)).toBeCloseTo(loss / data.rows, 6);
      }),
      { seed: 1 },
    );
  });

  test('tell apart what no single cut does, and stop where validation gets no better', async () => {
    const validation = rings(2000, 2);
    const options = { rounds: 300, patience: 20, learningRate: 0.2, validation };
    const areaOf = async (depth: number): Promise<number> => {
      const { trees, history, bestLoss } = await fit(rings(3000, 1), { ...options, depth });
      expect(bestLoss).toBe(Math.min(...history));
      expect(history.length).toBeLessThanOrEqual(trees.length + 20);
      return rocAuc(predictTrees(trees, validation), validation.targets);
    };
    for (const depth of [1, 4]) expect(await areaOf(depth)).toBeGreaterThan(0.93);
  });

  test('with some of the rows are the same for the same stream, and others for another', async () => {
    const some = { rounds: 5, depth: 3, rowFraction: 0.5 };
    const [a, b, c] = [
      await fit(rings(500, 1), some),
      await fit(rings(500, 1), some),
      await fit(rings(500, 1), { ...some, rng: streams(2) }),
    ];
    expect(a).toEqual(b);
    expect(a).not.toEqual(c);
  });

  test('lose little by few bins', async () => {
    const options = { rounds: 60, depth: 4, learningRate: 0.2, validation: rings(2000, 2) };
    const [fine, coarse] = [await fit(rings(3000, 1), options), await fit(rings(3000, 1), { ...options, bins: 32 })];
    expect(coarse.bestLoss / fine.bestLoss).toBeLessThan(1.1);
  });

  test('refuse values that are not finite, and no rows', async () => {
    const data = { rows: 2, values: Float32Array.of(1, Number.NaN), targets: [0, 1], weights: [1, 1] };
    await expect(fit(data)).rejects.toThrow(
      new DataError('Row 1 of the training events has the value NaN; replace missing values.'),
    );
    await expect(fit({ rows: 0, values: new Float32Array(0), targets: [], weights: [] })).rejects.toThrow(DataError);
  });
});
