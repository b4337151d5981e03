/** The kernels of kernels/batch-norm.as.ts one number at a time, with the same bits. */
import { BLOCK, FEATURE_BYTES } from './kernels.ts';
import { FurtherScalarKernels } from './further-scalar-kernels.ts';

const { fround } = Math;

export class BatchNormScalarKernels extends FurtherScalarKernels {
  readonly #f: Float32Array;

  constructor(memory: ArrayBuffer) {
    super(memory);
    this.#f = new Float32Array(memory);
  }

  batchNorm(
    blocks: number,
    count: number,
    z: number,
    zBlock: number,
    x: number,
    rows: number,
    scale: number,
    shift: number,
    inverse: number,
    mean: number,
    variance: number,
    momentum: number,
    epsilon: number,
  ): void {
    const f = this.#f;
    for (let row = 0; row < rows; row++) {
      const from = z + row * FEATURE_BYTES;
      const to = x + row * FEATURE_BYTES;
      const m = sumOf(count, (e) => f[place(from, zBlock, e)]!) / count;
      const squares = sumOf(count, (e) => {
        const difference = f[place(from, zBlock, e)]! - m;
        return difference * difference;
      });
      const factor = fround(1 / Math.sqrt(squares / count + epsilon));
      f[(inverse >> 2) + row] = factor;
      f[(mean >> 2) + row]! += momentum * (m - f[(mean >> 2) + row]!);
      f[(variance >> 2) + row]! += momentum * (squares / (count - 1) - f[(variance >> 2) + row]!);
      const centre = fround(m);
      for (let e = 0; e < blocks * BLOCK; e++) {
        const at = place(from, zBlock, e);
        const standard = fround(fround(f[at]! - centre) * factor);
        f[place(to, rows * FEATURE_BYTES, e)] = standard;
        f[at] = f[(shift >> 2) + row]! + fround(standard * f[(scale >> 2) + row]!);
      }
    }
  }

  standardise(
    blocks: number,
    z: number,
    zBlock: number,
    rows: number,
    scale: number,
    shift: number,
    mean: number,
    variance: number,
    epsilon: number,
  ): void {
    const f = this.#f;
    for (let row = 0; row < rows; row++) {
      const factor = fround(f[(scale >> 2) + row]! / Math.sqrt(f[(variance >> 2) + row]! + epsilon));
      for (let e = 0; e < blocks * BLOCK; e++) {
        const at = place(z + row * FEATURE_BYTES, zBlock, e);
        f[at] = f[(shift >> 2) + row]! + fround(fround(f[at]! - f[(mean >> 2) + row]!) * factor);
      }
    }
  }

  batchNormGradient(
    blocks: number,
    count: number,
    d: number,
    dBlock: number,
    x: number,
    rows: number,
    scale: number,
    inverse: number,
    out: number,
    byScale: number,
    byShift: number,
  ): void {
    const f = this.#f;
    const xBlock = rows * FEATURE_BYTES;
    for (let row = 0; row < rows; row++) {
      const [from, by, to] = [d, x, out].map((address) => address + row * FEATURE_BYTES) as [number, number, number];
      const sum = sumOf(count, (e) => f[place(from, dBlock, e)]!);
      const product = sumOf(count, (e) => f[place(from, dBlock, e)]! * f[place(by, xBlock, e)]!);
      f[(byShift >> 2) + row] = sum;
      f[(byScale >> 2) + row] = product;
      const factor = fround(f[(scale >> 2) + row]! * f[(inverse >> 2) + row]!);
      const [meanSlope, meanProduct] = [fround(sum / count), fround(product / count)];
      for (let e = 0; e < blocks * BLOCK; e++) {
        const centred = fround(f[place(from, dBlock, e)]! - meanSlope);
        const change = fround(centred - fround(f[place(by, xBlock, e)]! * meanProduct));
        f[place(to, xBlock, e)] = e < count ? factor * change : 0;
      }
    }
  }
}

/**
 * In the order of the compiled kernels: four sums, each of every fourth event, added in pairs; then what is left over.
 */
function sumOf(count: number, term: (event: number) => number): number {
  const sums: [number, number, number, number] = [0, 0, 0, 0];
  let e = 0;
  for (; e + 4 <= count; e += 4) for (let i = 0; i < 4; i++) sums[i]! += term(e + i);
  let sum = sums[0] + sums[1] + (sums[2] + sums[3]);
  for (; e < count; e++) sum += term(e);
  return sum;
}

/** The index of event e in a feature that starts at `address` in the first block. */
function place(address: number, blockBytes: number, e: number): number {
  return ((address + (e >> 5) * blockBytes) >> 2) + (e & 31);
}
