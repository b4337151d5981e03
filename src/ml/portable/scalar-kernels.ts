/**
 * The kernels one number at a time, for engines without SIMD: every operation of kernels/*.as.ts in the same order,
 * each rounded to float32, which gives the same bits: the float64 sum of two float32 numbers, rounded, is their float32
 * sum, and the same holds for products, quotients and roots. Addresses are in bytes, as everywhere; >> 2 makes an index
 * of one.
 */
import { BLOCK, FEATURE_BYTES, type Kernels, START } from './kernels.ts';
import { BatchNormScalarKernels } from './scalar-batch-norm.ts';
import { powerOfTwo } from './scalar-exponential.ts';

const { fround } = Math;

export class ScalarKernels extends BatchNormScalarKernels implements Kernels {
  readonly #f: Float32Array;
  readonly #i: Int32Array;

  constructor(memory: ArrayBuffer) {
    super(memory);
    this.#f = new Float32Array(memory);
    this.#i = new Int32Array(memory);
  }

  gemm(
    blocks: number,
    a: number,
    rowStride: number,
    innerStride: number,
    b: number,
    bBlock: number,
    inner: number,
    out: number,
    outBlock: number,
    bias: number,
    rows: number,
    start: number,
  ): void {
    const f = this.#f;
    for (let block = 0; block < blocks; block++) {
      for (let row = 0; row < rows; row++) {
        for (let e = 0; e < BLOCK; e++) {
          const target = ((out + block * outBlock + row * FEATURE_BYTES) >> 2) + e;
          let sum = 0;
          if (start === START.bias) sum = f[(bias + row * rowStride) >> 2]!;
          else if (start === START.present) sum = f[target]!;
          let left = (a + row * rowStride) >> 2;
          let right = ((b + block * bBlock) >> 2) + e;
          for (let j = 0; j < inner; j++) {
            sum = fround(sum + fround(f[left]! * f[right]!));
            left += innerStride >> 2;
            right += BLOCK;
          }
          f[target] = sum;
        }
      }
    }
  }

  pack(blocks: number, x: number, xBlock: number, out: number, panels: number): void {
    const f = this.#f;
    let to = out >> 2;
    for (let panel = 0; panel < panels; panel++)
      for (let block = 0; block < blocks; block++)
        for (let e = 0; e < BLOCK; e++)
          for (let lane = 0; lane < 8; lane++)
            f[to++] = f[((x + block * xBlock + (8 * panel + lane) * FEATURE_BYTES) >> 2) + e]!;
  }

  weightGradient(
    blocks: number,
    x: number,
    panels: number,
    d: number,
    dBlock: number,
    rows: number,
    out: number,
    add: number,
  ): void {
    const f = this.#f;
    for (let row = 0; row < rows; row++) {
      for (let i = 0; i < 8 * panels; i++) {
        const from = (x >> 2) + (i >> 3) * (8 * BLOCK * blocks) + (i & 7);
        let sum = 0;
        for (let block = 0; block < blocks; block++) {
          const by = (d + block * dBlock + row * FEATURE_BYTES) >> 2;
          for (let e = 0; e < BLOCK; e++) sum = fround(sum + fround(f[by + e]! * f[from + 8 * (block * BLOCK + e)]!));
        }
        const target = (out >> 2) + row * 8 * panels + i;
        f[target] = add === 0 ? sum : f[target]! + sum;
      }
    }
  }

  swish(blocks: number, z: number, zBlock: number, slope: number, rows: number): void {
    const f = this.#f;
    forEach(blocks, rows, z, zBlock, slope, (at, aside) => {
      const s = this.#logistic(f[at]!);
      const h = fround(f[at]! * s);
      f[at] = h;
      f[aside] = fround(h + fround(s * fround(1 - h)));
    });
  }

  relu(blocks: number, z: number, zBlock: number, slope: number, rows: number): void {
    const f = this.#f;
    forEach(blocks, rows, z, zBlock, slope, (at, aside) => {
      const x = f[at]!;
      f[at] = Math.max(x, 0);
      f[aside] = x > 0 ? 1 : 0;
    });
  }

  backThrough(blocks: number, byOutput: number, byOutputBlock: number, slope: number, out: number, rows: number): void {
    const f = this.#f;
    forEach(blocks, rows, byOutput, byOutputBlock, slope, (at, aside) => {
      f[aside + ((out - slope) >> 2)] = f[at]! * f[aside]!;
    });
  }

  sigmoid(blocks: number, z: number, out: number): void {
    for (let n = 0; n < blocks * BLOCK; n++) this.#f[(out >> 2) + n] = this.#logistic(this.#f[(z >> 2) + n]!);
  }

  crossEntropySlope(blocks: number, z: number, y: number, w: number, out: number): void {
    const f = this.#f;
    for (let n = 0; n < blocks * BLOCK; n++)
      f[(out >> 2) + n] = fround(this.#logistic(f[(z >> 2) + n]!) - f[(y >> 2) + n]!) * f[(w >> 2) + n]!;
  }

  lookUp(blocks: number, codes: number, table: number, size: number, out: number, outBlock: number): void {
    for (let n = 0; n < blocks * BLOCK; n++) {
      const row = (table >> 2) + this.#i[(codes >> 2) + n]! * size;
      const to = ((out + (n >> 5) * outBlock) >> 2) + (n & 31);
      for (let j = 0; j < size; j++) this.#f[to + j * BLOCK] = this.#f[row + j]!;
    }
  }

  lookUpGradient(
    blocks: number,
    codes: number,
    cardinality: number,
    size: number,
    d: number,
    dBlock: number,
    out: number,
    add: number,
  ): void {
    const f = this.#f;
    if (add === 0) f.fill(0, out >> 2, (out >> 2) + cardinality * size);
    for (let n = 0; n < blocks * BLOCK; n++) {
      const row = (out >> 2) + this.#i[(codes >> 2) + n]! * size;
      const from = ((d + (n >> 5) * dBlock) >> 2) + (n & 31);
      for (let j = 0; j < size; j++) f[row + j]! += f[from + j * BLOCK]!;
    }
  }

  adam(
    count: number,
    x: number,
    m: number,
    v: number,
    g: number,
    beta1: number,
    rest1: number,
    beta2: number,
    rest2: number,
    rate: number,
    epsilon: number,
  ): void {
    const f = this.#f;
    // As arguments, the compiled kernel takes all six in float32.
    const [b1, r1, b2, r2, step, e] = [beta1, rest1, beta2, rest2, rate, epsilon].map(fround) as Six;
    for (let n = 0; n < count; n++) {
      const slope = f[(g >> 2) + n]!;
      const first = fround(fround(f[(m >> 2) + n]! * b1) + fround(slope * r1));
      const second = fround(fround(f[(v >> 2) + n]! * b2) + fround(fround(slope * slope) * r2));
      f[(m >> 2) + n] = first;
      f[(v >> 2) + n] = second;
      const root = fround(fround(Math.sqrt(second)) + e);
      f[(x >> 2) + n] = f[(x >> 2) + n]! - fround(fround(first * step) / root);
    }
  }

  /** As `sigmoid` in kernels/vector.as.ts. */
  #logistic(x: number): number {
    return fround(1 / fround(1 + powerOfTwo(fround(x * MINUS_LOG2_E))));
  }
}

type Six = [number, number, number, number, number, number];

const MINUS_LOG2_E = fround(-1.44269504088896341);
/**
 * Calls `each` with the indices of every number of [blocks][rows][32] and of its like in a packed array of that shape.
 */
function forEach(
  blocks: number,
  rows: number,
  address: number,
  blockBytes: number,
  packed: number,
  each: (at: number, aside: number) => void,
): void {
  const count = rows * BLOCK;
  for (let block = 0; block < blocks; block++)
    for (let n = 0; n < count; n++) each(((address + block * blockBytes) >> 2) + n, (packed >> 2) + block * count + n);
}
