/**
 * The rest of the kernels one number at a time: activations, heads, optimisers and masks as `ScalarKernels` does them,
 * with the same bits as the compiled ones; scalar-batch-norm.ts has batch norm.
 */
import { BLOCK, FEATURE_BYTES, type FurtherKernels } from './kernels.ts';
import { exponential } from './scalar-exponential.ts';

const { fround } = Math;

type BatchNormKernels = 'batchNorm' | 'standardise' | 'batchNormGradient';

export class FurtherScalarKernels implements Omit<FurtherKernels, BatchNormKernels> {
  readonly #f: Float32Array;
  readonly #i: Int32Array;

  constructor(memory: ArrayBuffer) {
    this.#f = new Float32Array(memory);
    this.#i = new Int32Array(memory);
  }

  selu(blocks: number, z: number, zBlock: number, slope: number, rows: number): void {
    const f = this.#f;
    forEach(blocks, rows, z, zBlock, (at, n) => {
      const x = f[at]!;
      const fall = fround(SELU_LIMIT * exponential(x));
      f[at] = x > 0 ? SELU_SCALE * x : fall - SELU_LIMIT;
      f[(slope >> 2) + n] = x > 0 ? SELU_SCALE : fall;
    });
  }

  prelu(
    blocks: number,
    z: number,
    zBlock: number,
    slope: number,
    rows: number,
    factor: number,
    negative: number,
  ): void {
    const f = this.#f;
    const a = f[factor >> 2]!;
    forEach(blocks, rows, z, zBlock, (at, n) => {
      const x = f[at]!;
      const isPositive = x > 0;
      f[at] = isPositive ? x : a * x;
      f[(slope >> 2) + n] = isPositive ? 1 : a;
      f[(negative >> 2) + n] = isPositive ? 0 : x;
    });
  }

  preluGradient(
    blocks: number,
    byOutput: number,
    byOutputBlock: number,
    negative: number,
    rows: number,
    out: number,
    add: number,
  ): void {
    const f = this.#f;
    let sum = 0;
    forEach(blocks, rows, byOutput, byOutputBlock, (at, n) => {
      sum += f[at]! * f[(negative >> 2) + n]!;
    });
    f[out >> 2] = add === 0 ? sum : f[out >> 2]! + fround(sum);
  }

  dropOut(blocks: number, z: number, zBlock: number, gain: number, rows: number, shift: number, dropped: number): void {
    const f = this.#f;
    forEach(blocks, rows, z, zBlock, (at, n) => {
      const factor = f[(gain >> 2) + n]!;
      f[at] = factor === 0 ? dropped : fround(shift) + fround(f[at]! * factor);
    });
  }

  move(blocks: number, from: number, fromBlock: number, to: number, toBlock: number, rows: number, add: number): void {
    const f = this.#f;
    for (let block = 0; block < blocks; block++) {
      const [source, target] = [(from + block * fromBlock) >> 2, (to + block * toBlock) >> 2];
      if (add === 0) f.copyWithin(target, source, source + rows * BLOCK);
      else for (let n = 0; n < rows * BLOCK; n++) f[target + n]! += f[source + n]!;
    }
  }

  softmax(blocks: number, z: number, classes: number, out: number): void {
    const f = this.#f;
    for (let n = 0; n < blocks * BLOCK; n++) {
      const first = (n >> 5) * classes * BLOCK + (n & 31);
      const end = first + classes * BLOCK;
      let largest = f[(z >> 2) + first]!;
      for (let at = first + BLOCK; at < end; at += BLOCK) largest = Math.max(largest, f[(z >> 2) + at]!);
      let sum = 0;
      for (let at = first; at < end; at += BLOCK) {
        const power = exponential(fround(f[(z >> 2) + at]! - largest));
        f[(out >> 2) + at] = power;
        sum = fround(sum + power);
      }
      for (let at = first; at < end; at += BLOCK) f[(out >> 2) + at] = f[(out >> 2) + at]! / sum;
    }
  }

  softmaxSlope(blocks: number, z: number, classes: number, y: number, w: number, out: number): void {
    const f = this.#f;
    this.softmax(blocks, z, classes, out);
    for (let n = 0; n < blocks * BLOCK; n++) {
      for (let c = 0; c < classes; c++) {
        const at = (out >> 2) + ((n >> 5) * classes + c) * BLOCK + (n & 31);
        f[at] = fround(f[at]! - (f[(y >> 2) + n] === c ? 1 : 0)) * f[(w >> 2) + n]!;
      }
    }
  }

  squaredErrorSlope(blocks: number, z: number, y: number, w: number, out: number): void {
    const f = this.#f;
    for (let n = 0; n < blocks * BLOCK; n++) {
      const difference = fround(f[(z >> 2) + n]! - f[(y >> 2) + n]!);
      f[(out >> 2) + n] = fround(difference + difference) * f[(w >> 2) + n]!;
    }
  }

  descend(count: number, x: number, m: number, g: number, momentum: number, rate: number, nesterov: number): void {
    const f = this.#f;
    const [factor, step] = [fround(momentum), fround(rate)];
    for (let n = 0; n < count; n++) {
      const slope = f[(g >> 2) + n]!;
      const mean = fround(slope + fround(factor * f[(m >> 2) + n]!));
      f[(m >> 2) + n] = mean;
      const direction = nesterov === 0 ? mean : fround(slope + fround(factor * mean));
      f[(x >> 2) + n] = f[(x >> 2) + n]! - fround(direction * step);
    }
  }

  addMultiple(count: number, a: number, x: number, y: number): void {
    const f = this.#f;
    const factor = fround(a);
    for (let n = 0; n < count; n++) f[(y >> 2) + n] = f[(y >> 2) + n]! + fround(factor * f[(x >> 2) + n]!);
  }

  keep(count: number, x: number, kept: number): void {
    const i = this.#i;
    for (let n = 0; n < count; n++) i[(x >> 2) + n]! &= i[(kept >> 2) + n]!;
  }
}

const SELU_SCALE = fround(1.0507009873554805);
const SELU_LIMIT = fround(1.7580993408473766);

/** Calls `each` with the index of every number of [blocks][rows][32] and its place in a packed array of that shape. */
function forEach(
  blocks: number,
  rows: number,
  address: number,
  blockBytes: number,
  each: (at: number, n: number) => void,
): void {
  const count = (rows * FEATURE_BYTES) / 4;
  for (let block = 0; block < blocks; block++)
    for (let n = 0; n < count; n++) each(((address + block * blockBytes) >> 2) + n, block * count + n);
}
