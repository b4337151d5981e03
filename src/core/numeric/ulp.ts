/**
 * Units in the last place: how many floating-point numbers lie between two, counted as steps from one to the next. The
 * bits of a positive float, read as an integer, count the floats from zero up to it.
 */

/** Steps between two float64; 0 between 0 and -0, NaN if one is NaN. Exact below 2^53. */
export function ulpDistance64(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  doubles[0] = Math.abs(a);
  doubles[1] = Math.abs(b);
  const [lowA, highA, lowB, highB] = words as unknown as readonly [number, number, number, number];
  const sign = isSameSign(a, b) ? -1 : 1;
  // By halves: the difference of near numbers is exact although neither count fits into a double.
  return Math.abs((highA + sign * highB) * 2 ** 32 + (lowA + sign * lowB));
}

/** The same between two float32. */
export function ulpDistance32(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.NaN;
  singles[0] = Math.abs(a);
  singles[1] = Math.abs(b);
  return Math.abs(counts[0]! + (isSameSign(a, b) ? -1 : 1) * counts[1]!);
}

function isSameSign(a: number, b: number): boolean {
  return a < 0 === b < 0;
}

/** Little-endian, as every platform is that Node runs on. */
const doubles = new Float64Array(2);
const words = new Uint32Array(doubles.buffer);
const singles = new Float32Array(2);
const counts = new Uint32Array(singles.buffer);
