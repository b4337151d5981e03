/**
 * The stages: each is a function of its parameters and inputs, and what it gives is kept under a key of all that it
 * depends on. Change a number in one of them, run again, and see what runs.
 */
import { json, many, stage, type Table, table, tableOf } from 'restage';
import { z } from 'zod';

/** Coefficients, lowest power first: 1 - 2x² is [1, 0, -2]. */
export type Polynomial = readonly number[];

/** What the data are made with, so that one can see whether the fits find it. */
const TRUTH: Polynomial = [0.5, -1, 0, 2];

export const simulate = stage({
  name: 'my-project/simulate',
  description: 'Measures the truth at random places between -1 and 1, with noise.',
  params: z.strictObject({ points: z.int().positive(), noise: z.number().nonnegative() }),
  inputs: {},
  outputs: { points: table<'x' | 'y'>() },
  // Draws from `rng`, never from Math.random: the run's seed is part of the key, and the same seed gives the same
  // bytes.
  random: true,
  run({ params, rng }) {
    const random = rng('points');
    const x = Float64Array.from({ length: params.points }, () => 2 * random.uniform() - 1);
    return { points: tableOf({ x, y: x.map((at) => valueAt(TRUTH, at) + params.noise * random.normal()) }) };
  },
});

export const fit = stage({
  name: 'my-project/fit',
  description: 'Fits a polynomial of a given degree by least squares.',
  params: z.strictObject({ degree: z.int().nonnegative() }),
  inputs: { points: table<'x' | 'y'>() },
  outputs: { polynomial: json<Polynomial>() },
  async run({ params, inputs, log }) {
    const points = await inputs.points.read();
    log(`fitting degree ${params.degree} to ${points.rows} points`);
    return { polynomial: leastSquares(points, params.degree) };
  },
});

export interface Evaluation {
  /** The lowest degree whose error is at most a tenth above the least: more of it gains nothing. */
  readonly enough: number;
  /** Root mean square error of each fit on points that it has not seen, in units of y. */
  readonly errors: readonly number[];
}

export const evaluate = stage({
  name: 'my-project/evaluate',
  description: 'Tells which degree is enough, by points that none of the fits has seen.',
  params: z.strictObject({}),
  inputs: { points: table<'x' | 'y'>(), polynomials: many(json<Polynomial>()) },
  outputs: { evaluation: json<Evaluation>() },
  async run({ inputs, metric }) {
    const points = await inputs.points.read();
    const polynomials = await Promise.all(inputs.polynomials.map((input) => input.read()));
    const errors = polynomials.map((polynomial) => rootMeanSquare(polynomial, points));
    // A metric is kept with the attempt that made it: `restage log evaluate` shows them.
    errors.forEach((error, index) => metric('error', error, polynomials[index]!.length - 1));
    const enough = errors.findIndex((error) => error <= 1.1 * Math.min(...errors));
    return { evaluation: { enough: polynomials[enough]!.length - 1, errors } };
  },
});

/** Value of the polynomial at x, by Horner's rule. */
export function valueAt(polynomial: Polynomial, x: number): number {
  return polynomial.reduceRight((sum, coefficient) => sum * x + coefficient, 0);
}

/** The polynomial of this degree that is nearest to the points, from the normal equations. */
export function leastSquares({ columns: { x, y } }: Table<'x' | 'y'>, degree: number): Polynomial {
  const size = degree + 1;
  // Row i is: sum over the points of x^i times (1, x, ..., x^degree | y).
  const rows = Array.from({ length: size }, () => new Float64Array(size + 1));
  x.forEach((at, point) => {
    for (let i = 0, left = 1; i < size; i++, left *= at) {
      for (let j = 0, right = 1; j < size; j++, right *= at) rows[i]![j]! += left * right;
      rows[i]![size]! += left * y[point]!;
    }
  });
  return solve(rows);
}

/**
 * Solves the equations in place by Gauss-Jordan elimination; they are symmetric and positive, so no pivoting is needed.
 */
function solve(rows: readonly Float64Array[]): Polynomial {
  for (const [i, pivot] of rows.entries()) {
    const scale = pivot[i]!;
    for (let k = 0; k < pivot.length; k++) pivot[k]! /= scale;
    for (const row of rows) {
      if (row === pivot) continue;
      const factor = row[i]!;
      for (let k = 0; k < row.length; k++) row[k]! -= factor * pivot[k]!;
    }
  }
  return rows.map((row) => row.at(-1)!);
}

function rootMeanSquare(polynomial: Polynomial, { columns: { x, y }, rows }: Table<'x' | 'y'>): number {
  let sum = 0;
  x.forEach((at, point) => (sum += (valueAt(polynomial, at) - y[point]!) ** 2));
  return Math.sqrt(sum / rows);
}
