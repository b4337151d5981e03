/** Splits and folds: seeded, and stratified on an integer key such as class, or class and category in one. */
import type { Random } from '../../core/identity/random.ts';

/** Row numbers, each part in ascending order. */
export interface Split {
  /** The remaining rows. */
  readonly first: Uint32Array;
  /** `fraction` of the rows, to the nearest whole row. */
  readonly second: Uint32Array;
}

/**
 * Splits the rows in two at random, so that each key is split in the same proportion, to within one row.
 *
 * @throws RangeError unless 0 <= fraction <= 1.
 */
export function stratifiedSplit(keys: ArrayLike<number>, fraction: number, random: Random): Split {
  if (!(fraction >= 0 && fraction <= 1)) throw new RangeError(`A split takes a fraction from 0 to 1, not ${fraction}.`);
  const strata = shuffledStrata(keys, random);
  const quotas = shares(
    strata.map((rows) => rows.length * fraction),
    Math.round(keys.length * fraction),
  );
  const inSecond = new Uint8Array(keys.length);
  for (const [i, rows] of strata.entries()) for (const row of rows.subarray(0, quotas[i])) inSecond[row] = 1;
  return { first: rowsWhere(inSecond, 0), second: rowsWhere(inSecond, 1) };
}

/**
 * Deals the rows into `count` folds at random, so that the rows of each key are spread to within one row a fold, and
 * the folds' sizes differ by one row at most. For folds without stratification, pass equal keys.
 *
 * @returns the row numbers of each fold, ascending.
 * @throws RangeError unless 1 <= count <= rows.
 */
export function stratifiedFolds(keys: ArrayLike<number>, count: number, random: Random): readonly Uint32Array[] {
  if (!Number.isSafeInteger(count) || count < 1 || count > keys.length)
    throw new RangeError(`${keys.length} rows cannot be dealt into ${count} folds.`);
  const fold = new Uint32Array(keys.length);
  let next = 0;
  for (const rows of shuffledStrata(keys, random)) for (const row of rows) fold[row] = next++ % count;
  return Array.from({ length: count }, (_, i) => rowsWhere(fold, i));
}

/** The rows of each key, shuffled; keys ascending, so that the order of draws does not depend on the order of rows. */
function shuffledStrata(keys: ArrayLike<number>, random: Random): readonly Uint32Array[] {
  const strata = new Map<number, number[]>();
  for (let row = 0; row < keys.length; row++) {
    const key = keys[row]!;
    const rows = strata.get(key);
    if (rows === undefined) strata.set(key, [row]);
    else rows.push(row);
  }
  return [...strata].sort(([a], [b]) => a - b).map(([, rows]) => random.shuffle(Uint32Array.from(rows)));
}

/**
 * Whole numbers within one of `exact` that add up to `total`, by largest remainder; the first of equal remainders wins.
 */
function shares(exact: readonly number[], total: number): readonly number[] {
  const floors = exact.map(Math.floor);
  const missing = total - floors.reduce((sum, n) => sum + n, 0);
  const byRemainder = exact.map((_, i) => i).sort((a, b) => exact[b]! - floors[b]! - (exact[a]! - floors[a]!) || a - b);
  for (const i of byRemainder.slice(0, missing)) floors[i]!++;
  return floors;
}

function rowsWhere(labels: ArrayLike<number>, label: number): Uint32Array {
  const rows: number[] = [];
  for (let row = 0; row < labels.length; row++) if (labels[row] === label) rows.push(row);
  return Uint32Array.from(rows);
}
