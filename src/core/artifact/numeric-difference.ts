/** By how much two arrays of one length differ, element by element. */
import { ulpDistance32, ulpDistance64 } from '../numeric/ulp.ts';
import type { TypedArray } from './dtypes.ts';

export interface NumericDifference {
  /** Elements that differ. Two NaN are equal; 0 and -0 are not, like their bytes. */
  readonly count: number;
  readonly total: number;
  /** The index of the first of them. */
  readonly first: number;
  /** Of them, those of which at least one is NaN or infinite. The figures below leave them out. */
  readonly notFinite: number;
  /** Of |a - b|; null where no finite pair differs. */
  readonly absolute: Extent | null;
  /** Of |a - b| / max(|a|, |b|). */
  readonly relative: Extent | null;
  /** Units in the last place of the dtype, at most; null of integers and of two dtypes. */
  readonly ulp: number | null;
}

/** `mean`: over the finite pairs that differ. */
export interface Extent {
  readonly most: number;
  readonly mean: number;
}

/** Undefined for arrays that hold the same. */
export function numericDifference(a: TypedArray, b: TypedArray): NumericDifference | undefined {
  const ulpOf = a.constructor === b.constructor ? ulpDistanceOf(a) : undefined;
  let [count, first, finite, ulp] = [0, -1, 0, 0];
  const absolute = new Gathered();
  const relative = new Gathered();
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]!, b[i]!];
    if (Object.is(x, y)) continue;
    if (count++ === 0) first = i;
    if (!Number.isFinite(x) || !Number.isFinite(y)) continue;
    finite++;
    const distance = Math.abs(x - y);
    absolute.add(distance);
    // 0 and -0 differ by nothing of nothing.
    relative.add(distance === 0 ? 0 : distance / Math.max(Math.abs(x), Math.abs(y)));
    if (ulpOf !== undefined) ulp = Math.max(ulp, ulpOf(x, y));
  }
  if (count === 0) return undefined;
  return {
    ...{ count, total: a.length, first, notFinite: count - finite },
    ...{ absolute: absolute.extent(finite), relative: relative.extent(finite) },
    ulp: ulpOf === undefined || finite === 0 ? null : ulp,
  };
}

/** Beyond that, a relative difference says more. */
const MOST_STEPS = 1e6;

/** `3 of 100 values differ, by at most 0.25 (mean 0.1, relative 0.01, 4 ULP)` */
export function numericWords({ count, total, notFinite, absolute, relative, ulp }: NumericDifference): string {
  const values = `${count} of ${total} values differ`;
  const apart = notFinite === 0 ? '' : `, ${notFinite} of them NaN or infinite on a side`;
  if (absolute === null || relative === null) return values + apart;
  const steps = ulp === null || ulp > MOST_STEPS ? '' : `, ${ulp} ULP`;
  return `${values}, by at most ${brief(absolute.most)} (mean ${brief(absolute.mean)}, relative ${brief(relative.most)}${steps})${apart}`;
}

function brief(value: number): string {
  return String(Number(value.toPrecision(3)));
}

function ulpDistanceOf(array: TypedArray): ((a: number, b: number) => number) | undefined {
  if (array instanceof Float64Array) return ulpDistance64;
  return array instanceof Float32Array ? ulpDistance32 : undefined;
}

class Gathered {
  #most = 0;
  #sum = 0;

  add(value: number): void {
    if (value > this.#most) this.#most = value;
    this.#sum += value;
  }

  extent(count: number): Extent | null {
    return count === 0 ? null : { most: this.#most, mean: this.#sum / count };
  }
}
